import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { areBlocked } from '../blocks/tables'
import { channels, memberships } from '../channels/tables'
import { areFriends, friendships } from '../friends/tables'
import { deletions } from '../privacy/tables'
import type { Audience } from '../profiles/rules'
import { userSettings } from '../profiles/tables'
import { users } from '../users/tables'
import { boardSize } from './rules/limits'
import type { Dates } from './stats-store'
import { selectZone, toZone, whole } from './store'
import { studyBoards, studyDays, studyGoals } from './tables'

/** Who is on a board: the caller's friends, or the members of a room or group. */
export type Scope = { friends: true } | { channelId: string }

export interface BoardRow {
  userId: string
  username: string
  name: string
  avatarKey: string | null
  seconds: number
  manualSeconds: number
  dayMinutes: number | null
  weekMinutes: number | null
}

/** Of what is older, nobody asks any more. */
const oldestBoardMs = 24 * 3_600_000
/** As many as a room has seats. */
const mostPeople = 1000

const audienceOf = (unless: Audience) => sql`coalesce(s.may_see_study_stats, ${unless})`

/** Holds for people, `u` with settings `s`, whom a board may show to the caller at all. */
const mayBeShown = (me: string) => sql`
  u.status = 'active' AND coalesce(s.on_boards, 1) = 1 AND NOT ${areBlocked(me, sql`u.id`)}
  AND NOT EXISTS (SELECT 1 FROM ${deletions} AS leaving WHERE leaving.user_id = u.id)`

const person = sql`u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, goal.day_minutes AS dayMinutes, goal.week_minutes AS weekMinutes`

const joinPerson = (id: SQL) => sql`CROSS JOIN ${users} u ON u.id = ${id}
  LEFT JOIN ${userSettings} s ON s.user_id = u.id LEFT JOIN ${studyGoals} goal ON goal.user_id = u.id`

/** How the caller's days run, and whether the caller is in that room or group. */
export async function findViewer(ctx: UserCtx, channelId: string | null) {
  const { userId } = ctx.actor
  const [zone, [room]] = await ctx.db.batch([
    selectZone(ctx, userId),
    ctx.db.all<{ isMember: number; isPublic: number }>(sql`
      SELECT m.state IS 'active' AS isMember, c.visibility = 'public' AS isPublic FROM ${channels} c
      LEFT JOIN ${memberships} m ON m.channel_id = c.id AND m.user_id = ${userId}
      WHERE c.id = ${channelId} AND c.deleted_at IS NULL`),
  ])
  return { zone: toZone(zone), room: room ?? null }
}

/** Everybody of the scope who studied in those days, whoever studied longest first; the caller always is among them. */
export function listBoard(ctx: UserCtx, scope: Scope, { from, to }: Dates, unlessSet: Audience): Promise<BoardRow[]> {
  const me = ctx.actor.userId
  const audience = audienceOf(unlessSet)
  const [people, isSeen] =
    'friends' in scope
      ? [
          sql`SELECT friend_id AS user_id FROM ${friendships} WHERE user_id = ${me} UNION ALL SELECT ${me}`,
          sql`${audience} <> 'nobody'`,
        ]
      : [
          sql`SELECT user_id FROM ${memberships} WHERE channel_id = ${scope.channelId} AND state = 'active'`,
          sql`(${audience} IN ('everyone', 'shared') OR ${audience} = 'friends' AND ${areFriends(me, sql`u.id`)})`,
        ]
  return ctx.db.all<BoardRow>(sql`
    WITH totals AS (
      SELECT who.user_id, sum(d.seconds) AS seconds, sum(d.manual_seconds) AS manual_seconds
      FROM (${people}) AS who
      CROSS JOIN ${studyDays} d ON d.user_id = who.user_id AND d.studied_on BETWEEN ${from} AND ${to} GROUP BY who.user_id
    )
    SELECT ${person}, t.seconds, t.manual_seconds AS manualSeconds
    FROM totals t ${joinPerson(sql`t.user_id`)}
    WHERE u.id = ${me} OR (${mayBeShown(me)} AND ${isSeen})
    ORDER BY t.seconds DESC, t.manual_seconds DESC, u.id LIMIT ${mostPeople}`)
}

/** What somebody needs who is on no board yet. */
export async function findMe(ctx: UserCtx): Promise<BoardRow | null> {
  const [row] = await ctx.db.all<BoardRow>(sql`
    SELECT ${person}, 0 AS seconds, 0 AS manualSeconds
    FROM (SELECT ${ctx.actor.userId} AS user_id) AS own ${joinPerson(sql`own.user_id`)}`)
  return row ?? null
}

/**
 * The board of everyone who lets everyone see it. It is counted anew only when the kept one is too old, from the days of
 * those people alone; who has hidden since is left out all the same.
 */
export async function findBoardOfEveryone(
  ctx: UserCtx,
  board: Dates & { key: string; keptMs: number },
): Promise<{ rows: BoardRow[]; mine: BoardRow | null; madeAt: number }> {
  const me = ctx.actor.userId
  const { key, from, to, keptMs } = board
  const now = ctx.now()
  const [, , rows, [kept], [mine]] = await ctx.db.batch([
    ctx.db.run(sql`DELETE FROM ${studyBoards} WHERE made_at <= ${now - oldestBoardMs}`),
    ctx.db.run(sql`
      INSERT INTO ${studyBoards} (key, made_at, entries)
      SELECT ${key}, ${now}, (
        SELECT json_group_array(json_object('userId', best.user_id, 'seconds', best.seconds)) FROM (
          SELECT s.user_id, sum(d.seconds) AS seconds FROM ${userSettings} s INDEXED BY user_settings_on_boards
          CROSS JOIN ${studyDays} d ON d.user_id = s.user_id AND d.studied_on BETWEEN ${from} AND ${to}
          WHERE s.may_see_study_stats = 'everyone' AND s.on_boards = 1
          GROUP BY s.user_id HAVING sum(d.seconds) > 0 ORDER BY seconds DESC, s.user_id LIMIT ${boardSize}) AS best)
      WHERE NOT EXISTS (SELECT 1 FROM ${studyBoards} WHERE key = ${key} AND made_at > ${whole(now - keptMs)})
      ON CONFLICT (key) DO UPDATE SET made_at = excluded.made_at, entries = excluded.entries`),
    ctx.db.all<BoardRow>(sql`
      SELECT ${person}, entry.value ->> 'seconds' AS seconds, 0 AS manualSeconds
      FROM ${studyBoards} b CROSS JOIN json_each(b.entries) AS entry ${joinPerson(sql`entry.value ->> 'userId'`)}
      WHERE b.key = ${key} AND ${mayBeShown(me)} AND s.may_see_study_stats = 'everyone' ORDER BY entry.key`),
    ctx.db.all<{ madeAt: number }>(sql`SELECT made_at AS madeAt FROM ${studyBoards} WHERE key = ${key}`),
    ctx.db.all<BoardRow>(sql`
      SELECT ${person}, coalesce(own.seconds, 0) AS seconds, 0 AS manualSeconds
      FROM (SELECT sum(seconds) AS seconds FROM ${studyDays}
        WHERE user_id = ${me} AND studied_on BETWEEN ${from} AND ${to}) AS own ${joinPerson(sql`${me}`)}`),
  ])
  return { rows, mine: mine ?? null, madeAt: kept?.madeAt ?? now }
}
