import { tell } from '../../src/app/tell'
import type { EventType } from '../../src/outbox/contract'
import { remind } from '../../src/outbox/jobs'
import { answer, plan, tick } from '../meetups/support'
import { rows } from '../support/accounts'
import { makeTestCtx } from '../support/ctx'
import type { Person } from '../support/people'
import { securityCauses, type Told } from './security-causes'
import { studyCauses } from './study-causes'
import { toldTo } from './told'

/** Ada has a room with Ben as its moderator, and a group; Cleo is a member of both, and has been told of nothing yet. */
export interface House {
  ada: Person
  ben: Person
  cleo: Person
  room: string
  group: string
  subjectId: string
}

/** Does what an event is of, in the ordinary way. @returns who is to hear of it, once */
type Cause = (house: House) => Promise<Told>

const say = async (by: Person, channel: string, text: string, more: object = {}) =>
  (await by.call('POST', `/channels/${channel}/messages`, { nonce: crypto.randomUUID(), text, ...more })).body.id

const said =
  (text: (house: House) => string): Cause =>
  async (house) => {
    await say(house.ada, house.room, text(house))
    return house.cleo
  }

const asksToJoin = async ({ ada, ben, subjectId }: House) => {
  const { id } = (await ada.call('POST', '/groups', { title: 'Logic', subjectId, joinPolicy: 'request' })).body
  for (let twice = 0; twice < 2; twice += 1) await ben.call('POST', `/groups/${id}/join`)
  return `/groups/${id}/requests/${ben.id}`
}

const answered =
  (how: 'approve' | 'deny'): Cause =>
  async (house) => {
    const request = await asksToJoin(house)
    for (let twice = 0; twice < 2; twice += 1) await house.ada.call('POST', `${request}/${how}`)
    return house.ben
  }

const reported = async ({ ada, ben, cleo, room }: House, outcome?: string) => {
  const message = await say(cleo, room, 'You fool')
  const { id } = (await ben.call('POST', `/channels/${room}/messages/${message}/report`, { reason: 'harassment' })).body
  if (outcome) await ada.call('POST', `/reports/${id}/resolve`, { outcome })
  return outcome ? ben : ada
}

/** A message of Cleo's is taken away by Ben; she appeals, and Ada answers. */
async function removed({ ada, ben, cleo, room }: House, outcome?: 'granted' | 'denied'): Promise<Told> {
  const message = await say(cleo, room, 'You fool')
  await ben.call('DELETE', `/channels/${room}/messages/${message}`, { reason: 'Insults' })
  if (!outcome) return cleo
  await toldTo(cleo, 1)
  const [told] = (await cleo.call('GET', '/notifications')).body.data
  const appeal = `/moderation/${told.subject.id}/appeal`
  await cleo.call('POST', appeal, { text: 'It was a quote' })
  for (let twice = 0; twice < 2; twice += 1) await ada.call('POST', `${appeal}/answer`, { outcome, text: 'So be it' })
  return cleo
}

const done =
  (act: (house: House) => Promise<unknown>, who: keyof House & ('ada' | 'ben' | 'cleo')): Cause =>
  async (house) => {
    await act(house)
    return house[who]
  }

/** Lets the time come at which something was to be reminded of. */
async function reminded(subjectId: string): Promise<void> {
  const [due] = await rows('SELECT due_at FROM reminders WHERE subject_id = ?', subjectId)
  const ctx = { ...(await makeTestCtx()), now: () => Number(due?.due_at) }
  await remind(ctx)
  await tell(ctx)
}

const todo = async ({ ada, cleo, room }: House) => {
  const dueAt = new Date(Date.now() + 3_600_000).toISOString()
  return (await ada.call('POST', '/todos', { text: 'Read chapter 3', roomId: room, assigneeId: cleo.id, dueAt })).body
    .id
}
const material = async (by: Person, roomId: string) =>
  (await by.call('POST', '/materials', { name: 'Proofs', url: 'https://example.org/proofs', roomId })).body.id
const note = async (by: Person, roomId: string) =>
  (await by.call('POST', '/notes', { title: 'Limits', body: 'Epsilon', roomId })).body.id

/** Every event of the catalogue, caused: one that nothing causes does not compile, and one that tells nobody fails. */
export const causes: { [T in EventType]: Cause } = {
  'friend.requested': done(({ ada, cleo }) => ada.call('POST', '/friends/requests', { userId: cleo.id }), 'cleo'),
  'friend.accepted': done(async ({ ada, cleo }) => {
    const { id } = (await cleo.call('POST', '/friends/requests', { userId: ada.id })).body
    await ada.call('POST', `/friends/requests/${id}/accept`)
  }, 'cleo'),
  'invitation.received': done(async ({ ada, cleo }) => {
    const { id } = (await ada.call('POST', '/rooms', { name: 'Topology', visibility: 'private' })).body
    for (let twice = 0; twice < 2; twice += 1) await ada.call('POST', `/rooms/${id}/invitations`, { userId: cleo.id })
  }, 'cleo'),
  'join_request.received': done(asksToJoin, 'ada'),
  'join_request.approved': answered('approve'),
  'join_request.denied': answered('deny'),
  'waitlist.promoted': done(async ({ ada, ben, cleo }) => {
    const { id } = (await ada.call('POST', '/rooms', { name: 'Small', maxParticipants: 2 })).body
    await ben.call('POST', `/rooms/${id}/join`)
    await cleo.call('PUT', `/rooms/${id}/waitlist`)
    await ben.call('POST', `/rooms/${id}/leave`)
  }, 'cleo'),
  'member.removed': done(({ ada, cleo, room }) => ada.call('DELETE', `/rooms/${room}/members/${cleo.id}`), 'cleo'),
  'member.banned': done(({ ada, cleo, room }) => ada.call('PUT', `/rooms/${room}/bans/${cleo.id}`, {}), 'cleo'),
  'member.timed_out': done(({ ben, cleo, room }) => {
    const until = new Date(Date.now() + 60_000).toISOString()
    return ben.call('PUT', `/rooms/${room}/timeouts/${cleo.id}`, { until })
  }, 'cleo'),
  'member.role_changed': done(
    ({ ada, cleo, room }) => ada.call('PATCH', `/rooms/${room}/members/${cleo.id}`, { role: 'moderator' }),
    'cleo',
  ),
  'channel.received': done(async ({ ada, cleo }) => {
    const { id } = (await ada.call('POST', '/rooms', { name: 'Topology' })).body
    await cleo.call('POST', `/rooms/${id}/join`)
    await ada.call('POST', `/rooms/${id}/transfer`, { userId: cleo.id })
  }, 'cleo'),
  'message.removed': (house) => removed(house),
  'report.made': (house) => reported(house),
  'report.resolved': (house) => reported(house, 'resolved'),
  'report.dismissed': (house) => reported(house, 'dismissed'),
  'appeal.made': async (house) => {
    await removed(house, 'denied')
    return house.ada
  },
  'appeal.granted': (house) => removed(house, 'granted'),
  'appeal.denied': (house) => removed(house, 'denied'),
  'message.mention': said(({ cleo }) => `Welcome @${cleo.username}`),
  'message.reply': done(async ({ ada, cleo, room }) => {
    const question = await say(cleo, room, 'Anybody?')
    await say(ada, room, 'Yes', { replyTo: question })
  }, 'cleo'),
  'message.direct': done(async ({ ada, cleo }) => {
    const { id } = (await ada.call('POST', '/conversations', { userId: cleo.id })).body
    await say(ada, id, 'Just for you')
  }, 'cleo'),
  'message.announcement': done(
    ({ ada, group }) => ada.call('POST', `/groups/${group}/announcements`, { nonce: 'a-1', text: 'On Monday' }),
    'cleo',
  ),
  ...securityCauses,
  'todo.assigned': done(todo, 'cleo'),
  'todo.due': done(async (house) => reminded(await todo(house)), 'cleo'),
  'meetup.planned': done(({ ada, room }) => plan(ada, room), 'cleo'),
  'meetup.changed': done(async ({ ada, cleo, room }) => {
    const { id } = await plan(ada, room)
    await answer(cleo, id, 'going')
    await ada.call('PATCH', `/meetups/${id}`, { title: 'Chapter 5' })
  }, 'cleo'),
  'meetup.cancelled': done(async ({ ada, cleo, room }) => {
    const { id } = await plan(ada, room)
    await answer(cleo, id, 'going')
    for (let twice = 0; twice < 2; twice += 1) await ada.call('DELETE', `/meetups/${id}`)
  }, 'cleo'),
  'meetup.seated': done(async ({ ada, ben, cleo, room }) => {
    const { id } = await plan(ada, room, { capacity: 1 })
    for (const one of [ben, cleo]) await answer(one, id, 'going')
    await answer(ben, id, 'not_going')
    await tick()
  }, 'cleo'),
  'meetup.starts': done(async ({ ada, cleo, room }) => {
    const { id } = await plan(ada, room)
    await answer(cleo, id, 'going')
    await reminded(id)
  }, 'cleo'),
  'study.asked': done(({ cleo }) => studyCauses['study.asked'](cleo), 'cleo'),
  'study.ended': done(({ cleo }) => studyCauses['study.ended'](cleo), 'cleo'),
  'study.level': done(({ cleo }) => studyCauses['study.level'](cleo), 'cleo'),
  'material.shared': done(async ({ ben, cleo, room }) => {
    const id = await material(ben, room)
    for (const permission of ['view', 'view', 'edit'])
      await ben.call('PUT', `/materials/${id}/shares/${cleo.id}`, { permission })
  }, 'cleo'),
  'material.taken_out': done(async ({ ben, cleo, room }) => {
    await ben.call('DELETE', `/rooms/${room}/materials/${await material(cleo, room)}`)
  }, 'cleo'),
  'note.shared': done(({ ada, room }) => note(ada, room), 'cleo'),
  'note.edited': done(async ({ ben, cleo, room }) => {
    const id = await note(cleo, room)
    await ben.call('PATCH', `/notes/${id}`, { body: 'Epsilon and delta' }, { 'If-Match': '"1"' })
  }, 'cleo'),
  'note.taken_out': done(async ({ ben, cleo, room }) => {
    await ben.call('DELETE', `/rooms/${room}/notes/${await note(cleo, room)}`)
  }, 'cleo'),
}
