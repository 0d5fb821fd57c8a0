import { sql } from 'drizzle-orm'
import { areFriends } from '../../friends/tables'
import { userSettings } from '../../profiles/tables'
import type { MemberReplica } from '../live/contract'

/** The settings of the member `m`, for `shownColumns`. */
export const joinShown = sql`LEFT JOIN ${userSettings} shown ON shown.user_id = m.user_id`

/**
 * What the member `m` of the channel `c` lets the others there see. To be in one channel is to share something; what is
 * for friends only is shown where everybody else is one, which is known of conversations of two.
 */
export const shownColumns = sql`
  CASE coalesce(shown.may_see_presence, 'shared')
    WHEN 'nobody' THEN 0
    WHEN 'friends' THEN c.kind = 'conversation' AND EXISTS (
      SELECT 1 FROM memberships other WHERE other.channel_id = c.id AND other.user_id <> m.user_id
        AND ${areFriends(sql`m.user_id`, sql`other.user_id`)})
    ELSE 1 END AS showsPresence, coalesce(shown.read_receipts, 1) AS showsReads,
  coalesce(shown.may_see_study_stats, 'shared') IN ('everyone', 'shared') AS showsStudy`

export type Shown = Pick<MemberReplica, 'showsPresence' | 'showsReads' | 'showsStudy'>

export const toShown = (row: Record<keyof Shown, number>): Shown => ({
  showsPresence: row.showsPresence === 1,
  showsReads: row.showsReads === 1,
  showsStudy: row.showsStudy === 1,
})
