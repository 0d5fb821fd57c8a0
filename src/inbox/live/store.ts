import { sql } from 'drizzle-orm'
import { friendships } from '../../friends/tables'
import { userSettings } from '../../profiles/tables'
import type { Db } from '../../shared/db'
import type { FriendsFound, Shown } from '../contract'
import { online } from '../tables'

/** How long D1 takes somebody for online whose inbox does not say so again. */
export const onlineMs = 20 * 60_000

/** The friends with an open inbox, the newest friendships first, and whether the person hides from them all. */
export const selectFriendsOnline = (db: Db, userId: string, now: number, limit: number) =>
  [
    db.all<{ hides: number }>(sql`
      SELECT 1 AS hides FROM ${userSettings} WHERE user_id = ${userId} AND may_see_presence = 'nobody'`),
    db.all<{ userId: string; shown: string | null }>(sql`
      SELECT f.friend_id AS userId, o.shown FROM ${friendships} f CROSS JOIN ${online} o ON o.user_id = f.friend_id
      WHERE f.user_id = ${userId} AND o.until > ${now} ORDER BY f.created_at DESC LIMIT ${limit}`),
  ] as const

export function toFriendsFound(hides: unknown[], rows: { userId: string; shown: string | null }[]): FriendsFound {
  const friends = rows.map(({ userId, shown }) => ({ userId, shown: shown === null ? null : JSON.parse(shown) }))
  return { hides: hides.length > 0, friends }
}

export async function findFriendsOnline(db: Db, userId: string, now: number, limit: number): Promise<FriendsFound> {
  const [hides, rows] = await db.batch(selectFriendsOnline(db, userId, now, limit))
  return toFriendsFound(hides, rows)
}

/** What friends who come later are shown at once. */
export async function keepShown(db: Db, userId: string, shown: Shown): Promise<void> {
  await db.run(sql`UPDATE ${online} SET shown = ${shown && JSON.stringify(shown)} WHERE user_id = ${userId}`)
}

export async function keepOnline(db: Db, userId: string, until: number): Promise<void> {
  await db.run(sql`
    INSERT INTO ${online} (user_id, until) VALUES (${userId}, ${until})
    ON CONFLICT DO UPDATE SET until = max(online.until, excluded.until)`)
}

/** @param until the latest that the inbox knows of: one that was noted since belongs to somebody who is coming */
export async function deleteOnline(db: Db, userId: string, until: number): Promise<void> {
  await db.batch([
    db.run(sql`UPDATE ${online} SET shown = NULL WHERE user_id = ${userId}`),
    db.run(sql`DELETE FROM ${online} WHERE user_id = ${userId} AND until <= ${until}`),
  ])
}
