import { all, first, run, type Sql } from '../../channels/live/schema'
import type { DayCount, Finished, Running, SkippedDays, Streak } from '../contract'

/** A session that runs, with what its end will need. */
export interface Seat {
  session: Running
  skips: SkippedDays[]
  subjectName: string | null
}

/** A session that is over. */
export interface Ended {
  num: number
  finished: Finished
  /** How it ran, if it was lost: an end that was made offline may still come. */
  seat: Seat | null
  /** What was delivered of it before, if this is a later end. */
  before: Finished | null
  /** The streak with it. */
  streak: Streak
}

interface EndedRow {
  num: number
  finished: string
  running: string | null
  before: string | null
  streak: string
}

const toEnded = ({ num, finished, running, before, streak }: EndedRow): Ended => ({
  num,
  finished: JSON.parse(finished),
  seat: running === null ? null : JSON.parse(running),
  before: before === null ? null : JSON.parse(before),
  streak: JSON.parse(streak),
})

const json = (value: object | null) => (value === null ? null : JSON.stringify(value))

/** How long an end that was made offline is waited for. */
const keptMs = 7 * 24 * 3_600_000

/** The SQL of a person's study time. */
export class StudyLog {
  constructor(private readonly sql: Sql) {}

  running(): Seat | null {
    const row = first<{ state: string; lastPingAt: number; provenAt: number }>(
      this.sql,
      'SELECT state, last_ping_at AS lastPingAt, proven_at AS provenAt FROM study_running',
    )
    if (!row) return null
    const seat: Seat = JSON.parse(row.state)
    return { ...seat, session: { ...seat.session, lastPingAt: row.lastPingAt, provenAt: row.provenAt } }
  }

  keepRunning(seat: Seat): void {
    const { lastPingAt, provenAt } = seat.session
    const query = 'INSERT OR REPLACE INTO study_running VALUES (1, ?, ?, ?)'
    run(this.sql, query, JSON.stringify(seat), lastPingAt, provenAt)
  }

  keepPing({ lastPingAt, provenAt }: Running): void {
    run(this.sql, 'UPDATE study_running SET last_ping_at = ?, proven_at = ?', lastPingAt, provenAt)
  }

  dropRunning(): void {
    run(this.sql, 'DELETE FROM study_running')
  }

  keepEnded({ finished, seat, before, streak }: Omit<Ended, 'num'>): void {
    const { id, endedAt } = finished
    const values = [id, endedAt, JSON.stringify(finished), json(seat), json(before), JSON.stringify(streak)]
    run(this.sql, 'INSERT INTO study_ended VALUES (NULL, ?, ?, ?, ?, ?, ?, 0)', ...values)
  }

  /** The newest state of a session that ended lately. */
  ended(id: string): Ended | null {
    const columns = 'num, finished, running, before, streak'
    const row = first<EndedRow>(this.sql, `SELECT ${columns} FROM study_ended WHERE id = ? ORDER BY num DESC`, id)
    return row && toEnded(row)
  }

  /** The oldest that has yet to be delivered. */
  undelivered(): Ended | null {
    const columns = 'num, finished, running, before, streak'
    const row = first<EndedRow>(this.sql, `SELECT ${columns} FROM study_ended WHERE delivered = 0 ORDER BY num LIMIT 1`)
    return row && toEnded(row)
  }

  /** Whether something undelivered was studied in that time. */
  endedWithin(from: number, to: number): boolean {
    const waiting = all<EndedRow>(
      this.sql,
      'SELECT num, finished, running, before, streak FROM study_ended WHERE delivered = 0',
    )
    return waiting.map(toEnded).some(({ finished }) => finished.startedAt < to && finished.endedAt > from)
  }

  keepFinished(num: number, finished: Finished): void {
    run(this.sql, 'UPDATE study_ended SET finished = ? WHERE num = ?', JSON.stringify(finished), num)
  }

  markDelivered(num: number): void {
    run(this.sql, 'UPDATE study_ended SET delivered = 1 WHERE num = ?', num)
  }

  keepLost(seat: Seat, at: number): void {
    run(this.sql, 'INSERT INTO study_lost VALUES (?, ?, ?)', seat.session.id, at, JSON.stringify(seat))
  }

  /** A session that was lost before it was long enough to count. */
  lost(id: string): Seat | null {
    const row = first<{ running: string }>(this.sql, 'SELECT running FROM study_lost WHERE id = ?', id)
    return row && JSON.parse(row.running)
  }

  dropLost(id: string): void {
    run(this.sql, 'DELETE FROM study_lost WHERE id = ?', id)
  }

  dropOld(now: number): void {
    run(this.sql, 'DELETE FROM study_ended WHERE delivered = 1 AND at < ?', now - keptMs)
    run(this.sql, 'DELETE FROM study_lost WHERE at < ?', now - keptMs)
  }

  heldAt(): number | null {
    return first<{ at: number }>(this.sql, 'SELECT at FROM study_held')?.at ?? null
  }

  keepHeld(at: number): void {
    run(this.sql, 'INSERT OR REPLACE INTO study_held VALUES (1, ?)', at)
  }

  dropHeld(): void {
    run(this.sql, 'DELETE FROM study_held')
  }

  countedOn(on: string): number {
    return first<DayCount>(this.sql, 'SELECT seconds FROM study_days WHERE studied_on = ?', on)?.seconds ?? 0
  }

  addDays(days: readonly DayCount[]): void {
    const query = 'INSERT INTO study_days VALUES (?, ?) ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds'
    for (const { on, seconds } of days) run(this.sql, query, on, seconds)
  }

  /** Every day there was, the oldest first. */
  days(): DayCount[] {
    return all(this.sql, 'SELECT studied_on AS "on", seconds FROM study_days ORDER BY studied_on')
  }
}
