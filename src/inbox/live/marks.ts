import { all, first, run, type Sql } from '../../channels/live/schema'
import type { Mark } from '../contract'

/** How far the person has read in each channel: one mark a channel, the furthest wins. */
export class Marks {
  constructor(private readonly sql: Sql) {}

  find(channelId: string): Mark | null {
    return first<Mark>(this.sql, `SELECT ${columns} FROM marks WHERE channel_id = ?`, channelId)
  }

  list(channelIds: string[]): Record<string, Mark> {
    const rows = all<Mark & { channelId: string }>(
      this.sql,
      `SELECT channel_id AS channelId, ${columns} FROM json_each(?) asked CROSS JOIN marks ON channel_id = asked.value`,
      JSON.stringify(channelIds),
    )
    return Object.fromEntries(rows.map(({ channelId, ...mark }) => [channelId, mark]))
  }

  /** Every mark, for the person's own copy. */
  listAll(): { channelId: string; seq: number }[] {
    return all(this.sql, 'SELECT channel_id AS channelId, seq FROM marks ORDER BY channel_id')
  }

  keep(channelId: string, mark: Mark): void {
    const { seq, ord, calls, own, mentions, asOf } = mark
    run(
      this.sql,
      'INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[channelId, seq, ord, calls, own, mentions, asOf],
    )
  }
}

const columns = 'seq, ord, calls, own, mentions, as_of AS asOf'
