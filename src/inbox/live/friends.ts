import { all, first, run, type Sql } from '../../channels/live/schema'
import type { FriendShown, Shown } from '../contract'

/** The friends who are online and with whom the inbox is in touch: each hears when the other shows otherwise. */
export class Friends {
  constructor(private readonly sql: Sql) {}

  list(): FriendShown[] {
    return all<{ userId: string; shown: string | null }>(this.sql, 'SELECT user_id AS userId, shown FROM friends').map(
      ({ userId, shown }) => ({ userId, shown: parse(shown) }),
    )
  }

  /** Undefined where there is no touch. */
  find(userId: string): Shown | undefined {
    const row = first<{ shown: string | null }>(this.sql, 'SELECT shown FROM friends WHERE user_id = ?', userId)
    return row ? parse(row.shown) : undefined
  }

  count(): number {
    return first<{ n: number }>(this.sql, 'SELECT count(*) AS n FROM friends')?.n ?? 0
  }

  keep(userId: string, shown: Shown): void {
    run(this.sql, 'INSERT OR REPLACE INTO friends VALUES (?, ?)', userId, shown && JSON.stringify(shown))
  }

  remove(userId: string): void {
    run(this.sql, 'DELETE FROM friends WHERE user_id = ?', userId)
  }
}

const parse = (shown: string | null): Shown => (shown === null ? null : JSON.parse(shown))
