import type { DayCount, DayZone, Segment } from '../../src/study/contract'
import { countDays } from '../../src/study/rules/count'
import { cutByDay, dateOf } from '../../src/study/rules/days'
import { streakFrom } from '../../src/study/rules/streak'
import { xpFor } from '../../src/study/rules/xp'

/** What is stored of study time, as D1 gives it. */
export interface StoredStudy {
  sessions: (DayZone & {
    userId: string
    id: string
    endedAt: number
    endReason: string
    seconds: number
    xp: number
    segments: string
    days: string
  })[]
  days: { userId: string; on: string; seconds: number; manualSeconds: number }[]
  ledger: { userId: string; sourceId: string; amount: number }[]
  standings: { userId: string; xp: number; streakDays: number; streakLongest: number; streakLastOn: string | null }[]
  skips: { userId: string; on: string; days: number }[]
}

/** One total that is not what the segments add up to. */
export interface Difference {
  userId: string
  what: string
  stored: unknown
  counted: unknown
}

type Session = StoredStudy['sessions'][number]

/** Adds everything up again from the segments, session by session in the order in which they ended. */
export function findDifferences(stored: StoredStudy): Difference[] {
  const differences: Difference[] = []
  const byUser = <Row extends { userId: string }>(rows: Row[]) => Map.groupBy(rows, ({ userId }) => userId)
  const [sessions, days, ledger] = [byUser(stored.sessions), byUser(stored.days), byUser(stored.ledger)]
  const [standings, skips] = [byUser(stored.standings), byUser(stored.skips)]
  for (const userId of new Set([...sessions.keys(), ...days.keys(), ...ledger.keys(), ...standings.keys()])) {
    const compare = (what: string, has: unknown, counted: unknown) => {
      if (JSON.stringify(has) !== JSON.stringify(counted)) differences.push({ userId, what, stored: has, counted })
    }
    const own = (sessions.get(userId) ?? []).toSorted((a, b) => a.endedAt - b.endedAt)
    const counted = countAgain(own, compare)
    const known = new Map(
      (days.get(userId) ?? []).map(({ on, seconds, manualSeconds }) => [on, [seconds, manualSeconds]]),
    )
    for (const on of new Set([...known.keys(), ...counted.days.keys()]))
      compare(`day ${on}`, known.get(on) ?? [0, 0], counted.days.get(on) ?? [0, 0])
    const given = Map.groupBy(ledger.get(userId) ?? [], ({ sourceId }) => sourceId)
    for (const id of new Set([...given.keys(), ...counted.xp.keys()]))
      compare(`ledger of ${id}`, sum((given.get(id) ?? []).map(({ amount }) => amount)), counted.xp.get(id) ?? 0)
    const clocked: DayCount[] = [...counted.days].map(([on, [seconds = 0]]) => ({ on, seconds }))
    const streak = streakFrom(
      clocked.filter(({ seconds }) => seconds > 0).toSorted((a, b) => (a.on < b.on ? -1 : 1)),
      skips.get(userId) ?? [],
    )
    const standing = standings.get(userId)?.[0]
    compare('experience', standing?.xp ?? 0, sum([...counted.xp.values()]))
    const { streakDays = 0, streakLongest = 0, streakLastOn = null } = standing ?? {}
    compare('streak', [streakDays, streakLongest, streakLastOn], [streak.days, streak.longest, streak.lastOn])
  }
  return differences
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

function countAgain(sessions: readonly Session[], compare: (what: string, has: unknown, counted: unknown) => void) {
  const days = new Map<string, [clock: number, manual: number]>()
  const xp = new Map<string, number>()
  let last: Session | null = null
  for (const session of sessions) {
    const segments: Segment[] = JSON.parse(session.segments)
    const isManual = session.endReason === 'manual'
    const counted = isManual
      ? segments
          .flatMap((segment) => cutByDay(segment, session))
          .map(({ day, from, to }) => ({ on: dateOf(day), seconds: Math.floor((to - from) / 1000) }))
      : countDays(segments, session, (on) => days.get(on)?.[0] ?? 0)
    compare(`days of ${session.id}`, JSON.parse(session.days), counted)
    compare(`seconds of ${session.id}`, session.seconds, sum(counted.map(({ seconds }) => seconds)))
    const begun = segments.length > 0 ? Math.min(...segments.map(({ from }) => from)) : session.endedAt
    if (last && begun < last.endedAt) compare(`start of ${session.id}`, begun, last.endedAt)
    last = session
    if (!isManual) xp.set(session.id, xpFor(session.seconds))
    compare(`experience of ${session.id}`, session.xp, isManual ? 0 : xpFor(session.seconds))
    for (const { on, seconds } of counted) {
      const [clock, manual] = days.get(on) ?? [0, 0]
      days.set(on, isManual ? [clock, manual + seconds] : [clock + seconds, manual])
    }
  }
  return { days, xp }
}
