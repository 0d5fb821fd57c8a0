import type { MemberReplica, Status, WireShown } from './contract'
import type { Effect, Facts, RoomEvent, RoomState, Step } from './model'
import { isFrozen, isUnseen, wireStatus } from './presence'
import type { RoomStudy, WireStudy } from './study-contract'

/** Who of those present studies here, what and since when (S21). Pure. */

type Studier = Pick<MemberReplica, 'userId' | 'showsStudy'>

const iso = (at: number) => new Date(at).toISOString()

function wireStudy(study: RoomStudy | null, now: number): WireStudy | null {
  if (study === null || study.until <= now) return null
  const { state, since, startedAt, subject, task } = study
  return { state, since: iso(since), startedAt: iso(startedAt), subject, task }
}

/** How somebody shows themselves: what they say they are doing, and what they study here, if they let others see that. */
export function shownNow(
  facts: Pick<Facts, 'study'>,
  member: Studier | null,
  status: Status | null,
  now: number,
): WireShown {
  const shown = wireStatus(status, now)
  const study = member?.showsStudy ? wireStudy(facts.study(member.userId)?.study ?? null, now) : null
  return study ? { ...shown, study } : shown
}

/** Tells that somebody who is here does something else; above 100 present nobody is told, as nobody is named. */
export function tellDoing(state: RoomState, facts: Facts, userId: string, shown: WireShown): Effect[] {
  if (state.counting || isFrozen(facts)) return []
  return [{ do: 'toAll', event: { type: 'presence.changed', userId, ...shown }, loose: true }]
}

type StudyChanged = Extract<RoomEvent, { type: 'study.changed' }>

/** Heard from the person's clock. Only what others see of it is told to them. */
export function studyChanged(state: RoomState, facts: Facts, { news, now }: StudyChanged): Step {
  const { userId, study, rev } = news
  const known = facts.study(userId)
  if (known && known.rev >= rev) return { state, effects: [] }
  const effects: Effect[] = [{ do: 'save', write: { table: 'studies', news } }]
  const [person, member] = [facts.person(userId), facts.member(userId)]
  if (!person || !member?.showsStudy || isUnseen(facts, userId, person)) return { state, effects }
  // What has run out unheard is still shown to those who were told of it.
  const before = known && wireStudy(known.study, Number.NEGATIVE_INFINITY)
  if (JSON.stringify(before) === JSON.stringify(wireStudy(study, now))) return { state, effects }
  const shown = shownNow({ study: () => news }, member, person.status, now)
  return { state, effects: [...effects, ...tellDoing(state, facts, userId, shown)] }
}
