import { sql } from 'drizzle-orm'
import type { Db } from '../../shared/db'
import { online } from '../tables'

/** How long D1 takes somebody for online whose inbox does not say so again. */
export const onlineMs = 20 * 60_000

export async function keepOnline(db: Db, userId: string, until: number): Promise<void> {
  await db.run(sql`
    INSERT INTO ${online} (user_id, until) VALUES (${userId}, ${until})
    ON CONFLICT DO UPDATE SET until = max(online.until, excluded.until)`)
}

/** @param until the latest that the inbox knows of: one that was noted since belongs to somebody who is coming */
export async function deleteOnline(db: Db, userId: string, until: number): Promise<void> {
  await db.run(sql`DELETE FROM ${online} WHERE user_id = ${userId} AND until <= ${until}`)
}
