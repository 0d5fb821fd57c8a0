import type { UserCtx } from '../app/context'
import { syncMemberships, touchMemberships } from '../channels/actions'
import { changeAccount, showMe } from '../profiles/actions'
import type { UpdateMe } from './schemas'

/**
 * Changes the caller's own account. A new name reaches every room that the caller is in.
 * @throws user.username_taken
 */
export async function updateMe(ctx: UserCtx, changes: UpdateMe) {
  if (Object.values(changes).every((value) => value === undefined)) return showMe(ctx)
  if (changes.name === undefined && changes.username === undefined) return changeAccount(ctx, changes)
  const { userId } = ctx.actor
  const me = await changeAccount(ctx, changes, [touchMemberships(ctx, userId)])
  await syncMemberships(ctx, userId)
  return me
}
