import type { UserCtx } from '../app/context'
import { requireNoBlock, requireVerifiedEmail } from '../friends/actions'
import { isInAudience } from '../profiles/rules'
import { cutPage } from '../shared/page'
import { avatarUrl } from '../users/rules'
import { standing, untilWritten } from './actions'
import { materialErrors } from './errors'
import { canManageMaterial, type Permission } from './rules'
import type { ListQuery, Share } from './schemas'
import { deleteShare, listSharesOf, type ShareRow, upsertShare } from './share-store'
import { accessMaterial, type MaterialInHand } from './store'

const toShare = ({ userId, name, avatarKey, permission, createdAt }: ShareRow): Share => ({
  user: { id: userId, name, avatarUrl: avatarUrl(avatarKey) },
  permission,
  createdAt: new Date(createdAt).toISOString(),
})

/** @throws material.not_found, material.not_allowed */
async function accessOwnMaterial(ctx: UserCtx, materialId: string): Promise<MaterialInHand> {
  const material = await accessMaterial(ctx, materialId)
  if (!canManageMaterial(standing(ctx, material))) throw materialErrors.notAllowed()
  return material
}

/**
 * Lets somebody see or edit a material. Repeating it changes what they may do.
 * @throws material.not_found, material.not_allowed, material.self, material.not_member, material.not_welcome,
 *   material.too_many_shares, user.not_found, block.by_you, auth.email_verification_required
 */
export async function shareMaterial(ctx: UserCtx, materialId: string, userId: string, permission: Permission) {
  const share = await untilWritten(async () => {
    const [material, other] = await Promise.all([
      accessOwnMaterial(ctx, materialId),
      userId === ctx.actor.userId ? null : requireNoBlock(ctx, userId),
    ])
    if (!other) throw materialErrors.self()
    if (material.roomId === null) {
      requireVerifiedEmail(ctx)
      if (!isInAudience(other.privacy.mayMessage, other.relation)) throw materialErrors.notWelcome()
    }
    const written = await upsertShare(ctx, materialId, userId, permission)
    if (!written.share && !written.isMember) throw materialErrors.notMember()
    if (!written.share && written.isFull) throw materialErrors.tooManyShares()
    return written.share
  })
  return toShare(share)
}

/** Takes a share back: its owner any, everybody their own. @throws material.not_found, material.not_allowed */
export async function unshareMaterial(ctx: UserCtx, materialId: string, userId: string): Promise<void> {
  const material = await accessMaterial(ctx, materialId)
  if (userId !== ctx.actor.userId && !canManageMaterial(standing(ctx, material))) throw materialErrors.notAllowed()
  await deleteShare(ctx, materialId, userId)
}

/** @throws material.not_found, material.not_allowed, page.bad_cursor */
export async function listShares(ctx: UserCtx, materialId: string, { limit, cursor }: ListQuery) {
  await accessOwnMaterial(ctx, materialId)
  const binding = `material shares ${ctx.actor.userId} ${materialId}`
  const [after] = cursor === undefined ? [] : await ctx.cursors.decode(binding, cursor)
  const found = await listSharesOf(ctx, materialId, after === undefined ? null : String(after), limit + 1)
  const { rows, last } = cutPage(found, limit)
  return { data: rows.map(toShare), nextCursor: last && (await ctx.cursors.encode(binding, [last.userId])) }
}
