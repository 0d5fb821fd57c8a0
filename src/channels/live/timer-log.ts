import { all, first, run, type Sql } from './schema'
import type { Pomodoro, TimerRow } from './timer'

/** One person's part of a work phase that ended. */
export interface PersonalPomodoro extends Omit<Pomodoro, 'userIds'> {
  userId: string
}

/** The room's timer in the object's SQL, and the pomodoros that D1 has not heard of yet. */
export class Timers {
  constructor(private readonly sql: Sql) {}

  find(): TimerRow | null {
    const row = first<Omit<TimerRow, 'pattern'> & { pattern: string }>(
      this.sql,
      `SELECT run, pattern, started_by AS startedBy, started_at AS startedAt, anchor_at AS anchorAt,
       paused_at AS pausedAt, phase, began_at AS beganAt FROM timer`,
    )
    return row && { ...row, pattern: JSON.parse(row.pattern) }
  }

  save(timer: TimerRow | null): void {
    if (!timer) {
      run(this.sql, 'DELETE FROM timer')
      return
    }
    const { pattern, startedBy, startedAt, anchorAt, pausedAt, phase, beganAt } = timer
    run(
      this.sql,
      'INSERT OR REPLACE INTO timer VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[timer.run, JSON.stringify(pattern), startedBy, startedAt, anchorAt, pausedAt, phase, beganAt],
    )
  }

  addPomodoro({ userIds, phase, workMinutes, startedAt, endedAt, ...about }: Pomodoro): void {
    const query = `INSERT OR IGNORE INTO pomodoros SELECT ?, ?, value, ?, ?, ? FROM json_each(?)`
    run(this.sql, query, about.run, phase, workMinutes, startedAt, endedAt, JSON.stringify(userIds))
  }

  /** Up to `limit` that D1 has not confirmed. */
  listPomodoros(limit: number): PersonalPomodoro[] {
    const query = `SELECT run, phase, user_id AS userId, work_minutes AS workMinutes, started_at AS startedAt,
                   ended_at AS endedAt FROM pomodoros LIMIT ?`
    return all(this.sql, query, limit)
  }

  dropPomodoros(told: readonly PersonalPomodoro[]): void {
    const keys = JSON.stringify(told.map(({ run: of, phase, userId }) => [of, phase, userId]))
    run(
      this.sql,
      `DELETE FROM pomodoros WHERE (run, phase, user_id) IN
       (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))`,
      keys,
    )
  }
}
