import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { auditEvent } from '../audit/actions'
import { recordEvent } from '../outbox/actions'
import { users } from '../users/tables'
import { deleteUselessCodes } from './mfa/store'
import { type OauthProvider, oauthIdentities } from './oauth/tables'
import { deletePasskey } from './passkeys/store'
import { passkeys } from './passkeys/tables'

/** How many ways into an account there are beside its password. */
const otherWays = (userId: string) => sql`(
  (SELECT count(*) FROM ${passkeys} WHERE user_id = ${userId}) +
  (SELECT count(*) FROM ${oauthIdentities} WHERE user_id = ${userId}) +
  (SELECT count(*) FROM ${users} WHERE id = ${userId} AND phone IS NOT NULL))`

/** Holds while taking one of those away would leave nothing. */
export const isLastWayIn = (userId: string): SQL => sql`${otherWays(userId)} < 2
  AND EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND password_hash IS NULL)`

/** Recovery codes go with the last second factor. @returns false when there is no such passkey, or it is the last way in */
export function deletePasskeyUnlessLast(ctx: UserCtx, id: string): Promise<boolean> {
  const { userId } = ctx.actor
  return deletePasskey(ctx, id, isLastWayIn(userId), [deleteUselessCodes(ctx, userId)])
}

/** @returns false when there is no such link, or it is the last way in */
export async function deleteIdentityUnlessLast(ctx: UserCtx, provider: OauthProvider): Promise<boolean> {
  const { userId } = ctx.actor
  const mine = sql`user_id = ${userId} AND provider = ${provider} AND NOT (${isLastWayIn(userId)})`
  const isLinked = sql`EXISTS (SELECT 1 FROM ${oauthIdentities} WHERE ${mine})`
  const [, , deleted] = await ctx.db.batch([
    auditEvent(ctx, { event: 'oauth.unlinked', subjectId: userId, details: { provider } }, isLinked),
    recordEvent(
      ctx,
      { type: 'security.method_removed', to: [userId], actorId: null, facts: { method: provider } },
      isLinked,
    ),
    ctx.db.all<{ subject: string }>(sql`DELETE FROM ${oauthIdentities} WHERE ${mine} RETURNING subject`),
  ])
  return deleted.length > 0
}
