import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { users } from '../users/tables'
import { deleteUselessCodes } from './mfa/store'
import { oauthIdentities } from './oauth/tables'
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
