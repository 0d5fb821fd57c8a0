import type { Ctx, UserCtx } from '../app/context'
import { syncMemberships, touchMemberships } from '../channels/actions'
import { requireEditor } from '../channels/lifecycle/actions'
import { showMe } from '../profiles/actions'
import { newSecret } from '../shared/secrets'
import { PictureNotRead } from './adapters/contract'
import { claimOf, explainMissedClaim } from './claim-actions'
import { uploadErrors } from './errors'
import {
  avatarStatements,
  beginSquare,
  isAvatarOf,
  isPictureUsed,
  logoStatements,
  noAvatarStatements,
  noLogoStatements,
} from './picture-store'
import type { UploadRow } from './tables'

const side = 256

/**
 * Makes the square of an upload of the caller, under a key of its own. Until the key is used it counts as trash.
 * @throws upload.not_found, upload.wrong_purpose, upload.in_use, upload.not_ready, upload.refused
 */
async function makeSquare(ctx: UserCtx, uploadId: string, purpose: 'avatar' | 'logo'): Promise<string> {
  const key = newSecret()
  const row = await beginSquare(ctx, uploadId, `${purpose}s/${key}`)
  const isFit = row?.userId === ctx.actor.userId && row.purpose === purpose && row.state === 'clean'
  if (!isFit || row.usedKind !== null) return explainMissedClaim(ctx, { uploadId, purpose })
  await storeSquare(ctx, row, `${purpose}s/${key}`)
  return key
}

async function storeSquare(ctx: Ctx, row: UploadRow, fileKey: string): Promise<void> {
  const file = await ctx.files.get(row.fileKey)
  if (!file) throw uploadErrors.notFound()
  try {
    const made = await ctx.pictures.square(file.body, side)
    if (made) await ctx.files.put(fileKey, made.bytes, { httpMetadata: { contentType: made.contentType } })
    else {
      const again = await ctx.files.get(row.fileKey)
      if (!again) throw uploadErrors.notFound()
      await ctx.files.put(fileKey, again.body, { httpMetadata: { contentType: row.contentType } })
    }
  } catch (error) {
    if (!(error instanceof PictureNotRead)) throw error
    ctx.log.warn('picture.not_read', { uploadId: row.id, error: error.message })
    throw uploadErrors.refused('What is in the file could not be read as a picture.')
  }
}

/**
 * Shows a picture of the caller from now on, in every room at once. Repeating it changes nothing.
 * @throws upload.not_found, upload.wrong_purpose, upload.in_use, upload.not_ready, upload.refused
 */
export async function setAvatar(ctx: UserCtx, uploadId: string) {
  const { userId } = ctx.actor
  const use = { uploadId, purpose: 'avatar' as const }
  if (await isAvatarOf(ctx, userId, uploadId)) return showMe(ctx)
  const key = await makeSquare(ctx, uploadId, 'avatar')
  const [written] = await ctx.db.batch([
    ...avatarStatements(ctx, claimOf(ctx, use), key),
    touchMemberships(ctx, userId),
  ])
  if (written.length === 0) return explainMissedClaim(ctx, use)
  await syncMemberships(ctx, userId)
  return showMe(ctx)
}

export async function removeAvatar(ctx: UserCtx): Promise<void> {
  const { userId } = ctx.actor
  await ctx.db.batch([...noAvatarStatements(ctx), touchMemberships(ctx, userId)])
  await syncMemberships(ctx, userId)
}

/** A change of a channel's picture, made ready: statements for the batch of the change, and the key after it. */
export interface LogoChange {
  logoKey: string | null
  statements(channelId: string, written: Parameters<typeof noLogoStatements>[2]): ReturnType<typeof noLogoStatements>
}

/**
 * @param uploadId null takes the picture down
 * @throws upload.not_found, upload.wrong_purpose, upload.in_use, upload.not_ready, upload.refused
 */
export async function prepareLogo(ctx: UserCtx, uploadId: string | null): Promise<LogoChange> {
  if (uploadId === null)
    return { logoKey: null, statements: (channelId, written) => noLogoStatements(ctx, channelId, written) }
  const logoKey = await makeSquare(ctx, uploadId, 'logo')
  const claim = claimOf(ctx, { uploadId, purpose: 'logo' })
  return {
    logoKey,
    statements: (channelId, written) => logoStatements(ctx, channelId, claim, logoKey, written),
  }
}

/** The same for a channel that the caller has to be allowed to edit; null without a change. */
export async function prepareLogoEdit(
  ctx: UserCtx,
  kinds: Parameters<typeof requireEditor>[1],
  channelId: string,
  uploadId: string | null | undefined,
): Promise<LogoChange | null> {
  if (uploadId === undefined) return null
  await requireEditor(ctx, kinds, channelId)
  return prepareLogo(ctx, uploadId)
}

/** What was read before the picture was written, with the picture. */
export const withLogo = <View extends { logoKey: string | null }>(view: View, logo: LogoChange | null): View =>
  logo === null ? view : { ...view, logoKey: logo.logoKey }

/** The picture of a key, while somebody or some channel shows it. Its bytes are kept under what stands before a dot. @throws file.link_invalid */
export async function openPicture(ctx: Ctx, kind: 'avatars' | 'logos', key: string) {
  const [isUsed, file] = await Promise.all([
    isPictureUsed(ctx, kind, key),
    ctx.files.get(`${kind}/${key.split('.')[0]}`),
  ])
  if (!isUsed || !file) throw uploadErrors.linkInvalid()
  return { body: file.body, size: file.size, contentType: file.httpMetadata?.contentType ?? 'application/octet-stream' }
}
