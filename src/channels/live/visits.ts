import { all, first, run, type Sql } from './schema'

/** How long somebody has to be in the channel of a meetup to have been there. */
export const attendedMs = 10 * 60_000

/** Who is here during meetups, and for how long. It costs nothing while there is none. */
export class Visits {
  private watching: boolean

  constructor(private readonly sql: Sql) {
    this.watching = first(sql, 'SELECT 1 FROM watches LIMIT 1') !== null
  }

  /** Begins to watch; a repetition changes nothing. @returns whether this is new */
  watch(meetupId: string, endsAt: number, presentIds: Iterable<string>, now: number): boolean {
    if (first(this.sql, 'SELECT 1 FROM watches WHERE meetup_id = ?', meetupId)) return false
    run(this.sql, 'INSERT INTO watches VALUES (?, ?)', meetupId, endsAt)
    this.watching = true
    for (const userId of presentIds) this.came(userId, now)
    return true
  }

  came(userId: string, now: number): void {
    if (!this.watching) return
    run(
      this.sql,
      `INSERT INTO visits SELECT meetup_id, ?1, ?2, 0 FROM watches WHERE ends_at > ?2
       ON CONFLICT DO UPDATE SET since = coalesce(since, excluded.since)`,
      ...[userId, now],
    )
  }

  went(userId: string, now: number): void {
    if (!this.watching) return
    const query =
      'UPDATE visits SET stayed = stayed + max(0, ? - since), since = NULL WHERE user_id = ? AND since IS NOT NULL'
    run(this.sql, query, now, userId)
  }

  /** After sleep: whoever is not here any more has gone unseen. */
  reconcile(presentIds: ReadonlySet<string>, now: number): void {
    if (!this.watching) return
    const here = all<{ userId: string }>(
      this.sql,
      'SELECT DISTINCT user_id AS userId FROM visits WHERE since IS NOT NULL',
    )
    for (const { userId } of here) if (!presentIds.has(userId)) this.went(userId, now)
  }

  /** Who was here for at least this long, up to the end of the meetup. */
  listLongEnough(meetupId: string, ms: number): string[] {
    const query = `SELECT v.user_id AS userId FROM visits v JOIN watches w ON w.meetup_id = v.meetup_id
      WHERE v.meetup_id = ? AND v.stayed + coalesce(max(0, w.ends_at - v.since), 0) >= ?`
    return all<{ userId: string }>(this.sql, query, meetupId, ms).map(({ userId }) => userId)
  }

  end(meetupId: string): void {
    run(this.sql, 'DELETE FROM visits WHERE meetup_id = ?', meetupId)
    run(this.sql, 'DELETE FROM watches WHERE meetup_id = ?', meetupId)
    this.watching = first(this.sql, 'SELECT 1 FROM watches LIMIT 1') !== null
  }
}
