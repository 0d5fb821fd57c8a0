import type { UserCtx } from '../app/context'
import { uploadErrors } from './errors'
import { areBindable, bindUpload, findUpload, isBindable, isClaimableNow, unbindUploads } from './store'
import type { UploadPurpose, UsedKind } from './tables'

/** What wants to use an upload of the caller. */
interface Use {
  uploadId: string
  purpose: UploadPurpose
}

export const claimOf = (ctx: UserCtx, { uploadId, purpose }: Use) => ({
  ...{ uploadId, purpose, userId: ctx.actor.userId },
  scanned: ctx.scanner !== null,
})

/**
 * A condition that holds while the upload is the caller's, for this purpose, clean, and used by nothing: for the write
 * that comes before `claimUpload` in the same batch.
 */
export const canClaimUpload = (ctx: UserCtx, use: Use) => isBindable(claimOf(ctx, use))

/**
 * The statement that binds an upload to what uses it, to go into the batch that writes it.
 * @param proof holds only if what uses it was written
 */
export const claimUpload = (
  ctx: UserCtx,
  use: Use & { by: { kind: UsedKind; id: string } },
  proof?: Parameters<typeof bindUpload>[3],
) => bindUpload(ctx, claimOf(ctx, use), use.by, proof)

/** The statement that gives away every upload that something uses: the rows go, and soon after them the bytes. */
export const releaseUploads = unbindUploads

/**
 * The same for several: the condition that all of them can be used, and what binds them.
 * @param purpose also what they are used by
 */
export function filesToUse(ctx: UserCtx, purpose: UploadPurpose & UsedKind, uploadIds: string[]) {
  const uses = uploadIds.map((uploadId) => ({ uploadId, purpose }))
  return {
    proof: areBindable(uses.map((use) => claimOf(ctx, use))),
    bind: (id: string, proof: Parameters<typeof bindUpload>[3]) =>
      uses.map((use) => claimUpload(ctx, { ...use, by: { kind: purpose, id } }, proof)),
  }
}

/** Nothing when the upload could be claimed. @throws like explainMissedClaim */
export async function requireClaimable(ctx: UserCtx, use: Use): Promise<void> {
  if (!(await isClaimableNow(ctx, claimOf(ctx, use)))) await explainMissedClaim(ctx, use)
}

/** Why a claim missed. @throws upload.not_found, upload.wrong_purpose, upload.in_use, upload.not_ready, upload.refused */
export async function explainMissedClaim(ctx: UserCtx, { uploadId, purpose }: Use): Promise<never> {
  const row = await findUpload(ctx, uploadId)
  if (row?.userId !== ctx.actor.userId) throw uploadErrors.notFound()
  if (row.purpose !== purpose) throw uploadErrors.wrongPurpose(`It was announced as: ${row.purpose}.`)
  if (row.usedKind !== null) throw uploadErrors.inUse()
  if (row.state === 'refused') throw uploadErrors.refused(row.refusal ?? undefined)
  throw uploadErrors.notReady()
}
