import { sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { areBlocked } from '../blocks/tables'
import { deletions } from '../privacy/tables'
import { type UserRow, users } from '../users/tables'
import { userSettings } from './tables'

export type FoundUser = Pick<UserRow, 'id' | 'username' | 'name' | 'avatarKey' | 'bio' | 'createdAt'> & { num: number }

/** Who is in the index and what of them: the words of name and username. */
export interface Indexed {
  userId: string
  name: string
  username: string
  terms: string
}

export const deleteTerms = (ctx: Ctx, userId: string) =>
  ctx.db.run(sql`DELETE FROM user_search WHERE rowid = (SELECT num FROM ${users} WHERE id = ${userId})`)

/** Writes only while the person has this name and username, may be found, and is not leaving. */
export const insertTerms = (ctx: Ctx, { userId, name, username, terms }: Indexed) =>
  ctx.db.run(sql`
    INSERT INTO user_search (rowid, terms) SELECT num, ${terms} FROM ${users} u
    WHERE u.id = ${userId} AND u.name = ${name} AND u.username = ${username} AND u.status = 'active'
      AND NOT EXISTS (SELECT 1 FROM ${userSettings} WHERE user_id = u.id AND discoverable = 0)
      AND NOT EXISTS (SELECT 1 FROM ${deletions} WHERE user_id = u.id)`)

/** The newest people first, without those between whom and the caller there is a block; the num of one is where the next page begins. */
export function searchUsers(ctx: UserCtx, match: string, before: number | null, limit: number) {
  return ctx.db.all<FoundUser>(sql`
    SELECT u.num, u.id, u.username, u.name, u.avatar_key AS avatarKey, u.bio, u.created_at AS createdAt
    FROM user_search s CROSS JOIN ${users} u ON u.num = s.rowid
    WHERE s.terms MATCH ${match} ${before === null ? sql`` : sql`AND s.rowid < ${before}`} AND u.status = 'active'
      AND NOT ${areBlocked(ctx.actor.userId, sql`u.id`)}
    ORDER BY s.rowid DESC LIMIT ${limit}`)
}
