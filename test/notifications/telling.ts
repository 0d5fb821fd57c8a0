import { tellEvent } from '../../src/notifications/actions/tell-event'
import { recordEvent } from '../../src/outbox/actions'
import type { EventType } from '../../src/outbox/contract'
import type { NewEvent } from '../../src/outbox/store'
import { rows } from '../support/accounts'
import { type Person, signUp } from '../support/people'
import type { World } from './world'

/** Somebody with a proven address, so that mail reaches them. */
export const reader = (overrides: Parameters<typeof signUp>[0] = {}) => signUp({ emailVerifiedAt: 1, ...overrides })
export const addressOf = (person: Person) => `${person.username}@studyhall.test`

/** What has become of an event, for everybody or one person: `mail held batch`. */
export async function logOf(eventId: string, userId?: string) {
  const found = await rows('SELECT * FROM notification_log WHERE event_id = ? ORDER BY user_id, channel', eventId)
  return found
    .filter((row) => userId === undefined || row.user_id === userId)
    .map(({ channel, state, reason }) => `${channel} ${state}${reason === null ? '' : ` ${reason}`}`)
}

let made = 0

/** Records events in the world of the moment, which somebody has done if nothing else is said, and tells of them. */
export function tellingIn(now: () => { world: World; by: Person }) {
  async function record<T extends EventType>(event: Omit<NewEvent<T>, 'actorId'> & { actorId?: string | null }) {
    made += 1
    const { world, by } = now()
    const subjectId = event.subjectId ?? `subject_${made}`
    const ctx = await world.ctx()
    await ctx.db.batch([recordEvent(ctx, { actorId: by.id, ...event, subjectId } as NewEvent<T>)])
    const [row] = await rows('SELECT id FROM outbox WHERE subject_id = ? ORDER BY id DESC', subjectId)
    return { id: String(row?.id), subjectId: String(subjectId) }
  }
  return {
    record,
    asked: (...to: string[]) => record({ type: 'friend.requested', to, facts: {} }),
    tell: async (id: string) => tellEvent(await now().world.ctx(), id),
  }
}
