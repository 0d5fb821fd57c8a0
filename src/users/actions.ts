import type { Ctx, UserCtx } from '../app/context'
import { syncMemberships, touchMemberships } from '../channels/actions'
import { refusedBy } from '../shared/db'
import { userErrors } from './errors'
import { toMe, toPublicUser } from './rules'
import type { UpdateMe } from './schemas'
import { accessUser, updateUser } from './store'

export async function showMe(ctx: UserCtx) {
  return toMe(await accessUser(ctx, ctx.actor.userId))
}

/**
 * Changes the caller's own profile. A new name reaches every room that the caller is in.
 * @throws user.username_taken
 */
export async function updateMe(ctx: UserCtx, changes: UpdateMe) {
  const { userId } = ctx.actor
  if (Object.values(changes).every((value) => value === undefined)) return showMe(ctx)
  const isRename = changes.name !== undefined || changes.username !== undefined
  const update = updateUser(ctx, changes)
  try {
    const [[row]] = isRename ? await ctx.db.batch([update, touchMemberships(ctx, userId)]) : [await update]
    if (!row) throw userErrors.notFound()
    if (isRename) await syncMemberships(ctx, userId)
    return toMe(row)
  } catch (error) {
    if (refusedBy(error) === 'users.username') throw userErrors.usernameTaken()
    throw error
  }
}

/** @throws user.not_found */
export async function showUser(ctx: Ctx, userId: string) {
  return toPublicUser(await accessUser(ctx, userId))
}
