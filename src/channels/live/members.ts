import type { ChannelReplica, MemberReplica } from './contract'
import { markOfLeaving, readUntilNow } from './marks'
import type { Effect, Facts, MemberEventKind, Person, RoomEvent, RoomState, Step } from './model'
import { isInvisible, isUnseen, listPresent, nobodyShown, presenceChanged, withoutGrace } from './presence'
import { type CloseCode, closeCodes, type ServerEvent } from './protocol'
import { shownNow, tellDoing } from './studies'
import { avatarUrl } from './wire'

/** The channel and its members as D1 has them now, and what follows from it (L25). Pure. */

export const purgeAfterMs = 30 * 24 * 60 * 60_000

type ChannelChanged = Extract<RoomEvent, { type: 'channel.changed' }>

export function channelChanged(state: RoomState, facts: Facts, { channel, now }: ChannelChanged): Step {
  const known = facts.channel()
  if (known && known.rev >= channel.rev) return { state, effects: [] }
  const visibly = known !== null && differs(known, channel) && channel.deletedAt === null
  const seq = visibly ? state.seq + 1 : null
  const step: Step = {
    state: { ...state, seq: seq ?? state.seq },
    effects: [{ do: 'save', write: { table: 'channel', channel, seq } }],
  }
  if (seq !== null) {
    step.effects.push({ do: 'toAll', event: channelEvent(seq, channel) })
  }
  if (known && known.frozen !== channel.frozen && channel.deletedAt === null) {
    const present = channel.frozen ? nobodyShown : listPresent(state, facts, now, facts.presentIds())
    step.effects.push({ do: 'toAll', event: { type: 'presence.changed', ...present }, loose: true })
  }
  if (channel.deletedAt === null) step.effects.push({ do: 'letSleep', kind: 'purge.room', key: '' })
  else {
    step.effects.push(
      { do: 'wakeAt', kind: 'purge.room', key: '', at: channel.deletedAt + purgeAfterMs },
      { do: 'letSleep', kind: 'timer', key: '' },
    )
    // Nobody is left to hear who went, so each just goes.
    for (const userId of facts.presentIds()) {
      const person = facts.person(userId)
      if (person) step.effects.push(...closeAll(userId, person, closeCodes.channelDeleted))
    }
    step.state = { ...step.state, sockets: 0, present: 0, counting: false }
  }
  return step
}

/** Whether what clients are told of a channel has changed. */
const differs = (one: ChannelReplica, other: ChannelReplica) =>
  one.name !== other.name ||
  one.slowModeSeconds !== other.slowModeSeconds ||
  one.whoMayStartTimer !== other.whoMayStartTimer

export function channelEvent(seq: number, channel: ChannelReplica): ServerEvent {
  const { id, name, slowModeSeconds, whoMayStartTimer } = channel
  return { type: 'channel.updated', seq, channel: { id, name, slowModeSeconds, whoMayStartTimer } }
}

type MemberChanged = Extract<RoomEvent, { type: 'member.changed' }>

export function memberChanged(state: RoomState, facts: Facts, { member, now }: MemberChanged): Step {
  const { userId } = member
  const known = facts.member(userId)
  if (known && known.rev >= member.rev) return { state, effects: [] }
  const kind = memberEvent(known, member)
  const seq = state.seq + 1
  const effects: Effect[] = [{ do: 'save', write: { table: 'members', member, event: kind && { kind, seq } } }]
  effects.push(...purgeOf(member, now))
  const shown = showsAnew(state, facts, known, member, now)
  effects.push(...shown.effects)
  if (!kind) return { state: shown.state, effects }
  const next = { ...shown.state, seq }
  effects.push({ do: 'toAll', event: memberServerEvent(kind, seq, member) })
  if (kind === 'member.joined') effects.push(...readUntilNow(facts, userId, member.joinedAt, now))
  if (kind !== 'member.left') return { state: next, effects }
  effects.push({ do: 'save', write: { table: 'tickets', voidUserId: userId } })
  const code = member.state === 'left' ? closeCodes.left : closeCodes.removed
  const expelled = expel(next, facts, userId, code, now)
  return { state: expelled.state, effects: [...effects, ...expelled.effects] }
}

/** What a ban wants deleted is deleted as soon as this turn is over. Who has come back since is not banned any more. */
function purgeOf({ userId, purge, state, joinedAt }: MemberReplica, now: number): Effect[] {
  if (!purge) return []
  const until = state === 'active' ? Math.min(purge.until, joinedAt) : purge.until
  return [{ do: 'wakeAt', kind: 'purge.member', key: `${userId} ${purge.since} ${until} ${purge.by}`, at: now }]
}

/** Somebody who is here lets others see it, or what they study, or no longer. */
function showsAnew(
  state: RoomState,
  facts: Facts,
  known: MemberReplica | null,
  member: MemberReplica,
  now: number,
): Step {
  const { userId, showsPresence } = member
  const person = facts.person(userId)
  const stays = known?.state === 'active' && member.state === 'active'
  if (!stays || !person || isInvisible(person)) return { state, effects: [] }
  const shown = shownNow(facts, member, person.status, now)
  if (known.showsPresence !== showsPresence)
    return presenceChanged(state, facts, { userId, shown: showsPresence ? shown : null, now })
  const hasStudy = facts.study(userId)?.study ?? null
  if (known.showsStudy === member.showsStudy || !showsPresence || !hasStudy) return { state, effects: [] }
  return { state, effects: tellDoing(state, facts, userId, shown) }
}

function memberEvent(known: MemberReplica | null, member: MemberReplica): MemberEventKind | null {
  const was = known?.state === 'active'
  const is = member.state === 'active'
  if (!was && is) return 'member.joined'
  if (was && !is) return 'member.left'
  if (!is || !known) return null
  const same =
    known.name === member.name &&
    known.username === member.username &&
    known.avatarKey === member.avatarKey &&
    known.role === member.role
  return same ? null : 'member.updated'
}

export function memberServerEvent(kind: MemberEventKind, seq: number, member: MemberReplica): ServerEvent {
  const { userId, username, name, role, joinedAt, state } = member
  if (kind === 'member.left' || state !== 'active')
    return { type: 'member.left', seq, userId, reason: state === 'active' ? 'left' : state }
  return {
    type: kind,
    seq,
    member: {
      user: { id: userId, username, name, avatarUrl: avatarUrl(member.avatarKey) },
      role,
      joinedAt: new Date(joinedAt).toISOString(),
    },
  }
}

/** Closes every socket of somebody who lost the right to be here; without grace, for they shall not be seen any longer. */
function expel(state: RoomState, facts: Facts, userId: string, code: CloseCode, now: number): Step {
  const person = facts.person(userId)
  if (!person) return { state, effects: [] }
  const told: Step = isUnseen(facts, userId, person)
    ? { state, effects: [] }
    : presenceChanged(state, facts, { userId, shown: null, now })
  const marked = markOfLeaving(facts, userId, true, now)
  const effects = [...marked, ...closeAll(userId, person, code), ...told.effects]
  return { state: { ...told.state, sockets: state.sockets - person.sockets.length }, effects }
}

function closeAll(userId: string, person: Person, code: CloseCode): Effect[] {
  return [
    ...person.sockets.map(({ id }): Effect => ({ do: 'close', socketId: id, code })),
    { do: 'keepPerson', userId, person: null },
    ...withoutGrace(userId, person),
  ]
}
