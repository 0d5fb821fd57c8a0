import type { Ctx, UserCtx } from '../app/context'
import { newSecret } from '../shared/secrets'
import { openToken, signToken } from '../shared/signed-tokens'
import { uploadErrors } from './errors'
import { contentTypes, fitsName, mayBeInline, pictureOf, servedType } from './file-types'
import { receiveFile } from './receive'
import { contentDisposition, linkMs, toUpload } from './rules'
import type { NewUpload } from './schemas'
import { findUpload, finishUpload, insertUpload, refuseUpload, startUpload } from './store'
import type { UploadPurpose, UploadRow, UsedKind } from './tables'

const sendPurpose = 'file upload'
const readPurpose = 'file download'

/**
 * Announces a file and answers with an address that takes it, once, in exactly this type and length.
 * @param base where this Studyhall is
 * @throws upload.type_not_allowed, upload.name_not_fitting, upload.too_large, upload.quota_exceeded, upload.too_many_open
 */
export async function announceUpload(ctx: UserCtx, input: NewUpload, base: string) {
  const { contentType, size, purpose } = input
  refuseUnfitting(ctx, input)
  const made = await insertUpload(ctx, input, `uploads/${newSecret()}`)
  if (!made.written) {
    if (made.open >= ctx.config.UPLOADS_OPEN_PER_USER) throw uploadErrors.tooManyOpen()
    const left = Math.max(0, ctx.config.UPLOAD_BYTES_PER_USER - made.bytes)
    throw uploadErrors.quotaExceeded(`You have ${left} bytes left; the file has ${size}.`)
  }
  const id = JSON.stringify([made.id, contentType, size, purpose])
  const token = await signToken(ctx.config.CURSOR_KEY, sendPurpose, { id, until: made.expiresAt })
  return {
    id: made.id,
    uploadUrl: `${base}/api/v1/files/${token}`,
    method: 'PUT' as const,
    headers: { 'Content-Type': contentType },
    expiresAt: new Date(made.expiresAt).toISOString(),
  }
}

function refuseUnfitting(ctx: Ctx, { filename, contentType, size, purpose }: NewUpload): void {
  const isShown = purpose === 'avatar' || purpose === 'logo'
  const picture = pictureOf(contentType)
  if (!contentTypes.includes(contentType) || (isShown && (picture === null || picture === 'gif')))
    throw uploadErrors.typeNotAllowed()
  if (!fitsName(contentType, filename)) throw uploadErrors.nameNotFitting()
  const max = isShown ? ctx.config.PICTURE_BYTES : ctx.config.UPLOAD_BYTES
  if (size > max) throw uploadErrors.tooLarge(`A file for this purpose may have ${max} bytes.`)
}

interface Incoming {
  contentType: string | undefined
  contentLength: string | undefined
  body: ReadableStream<Uint8Array> | null
}

/**
 * Takes the file behind an address that `announceUpload` made. The first who begins uses the address up.
 * @throws file.link_invalid, upload.already_sent, upload.length_required, upload.wrong_length, upload.wrong_type,
 *   upload.refused
 */
export async function takeFile(ctx: Ctx, token: string, { contentType, contentLength, body }: Incoming) {
  const opened = await openToken(ctx.config.CURSOR_KEY, sendPurpose, token, ctx.now())
  if (opened === null) throw uploadErrors.linkInvalid()
  const [id, type, size]: [string, string, number, UploadPurpose] = JSON.parse(opened)
  if (contentLength === undefined) throw uploadErrors.lengthRequired()
  if (contentLength !== String(size)) throw uploadErrors.wrongLength(`${size} bytes were announced.`)
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== type) throw uploadErrors.wrongType(`${type} was announced.`)
  const row = await startUpload(ctx, id)
  if (!row) throw uploadErrors.alreadySent()
  const received = await receiveFile(ctx.files, body ?? new Blob([]).stream(), { ...row, key: row.fileKey }).catch(
    async (error) => {
      await refuseUpload(ctx, id, error instanceof Error ? error.message : 'It did not arrive.')
      throw error
    },
  )
  const finished = await finishUpload(ctx, id, received, scans(ctx) ? 'uploaded' : 'clean')
  if (!finished) {
    // The account was erased meanwhile.
    await ctx.files.delete(row.fileKey)
    throw uploadErrors.linkInvalid()
  }
  // What is lost here, cron asks for.
  if (finished.state === 'uploaded')
    await ctx.askForScan(id).catch((error) => ctx.log.warn('upload.scan_not_asked', { error: String(error) }))
  return toUpload(finished)
}

/** Whether only what a scanner has seen is handed out and used. */
const scans = (ctx: Ctx) => ctx.scanner !== null

const isReadable = (ctx: Ctx, row: UploadRow) => row.state === 'clean' && (!scans(ctx) || row.scannedAt !== null)

/** @throws upload.not_found for everybody but the owner */
export async function showUpload(ctx: UserCtx, id: string) {
  const row = await findUpload(ctx, id)
  if (row?.userId !== ctx.actor.userId) throw uploadErrors.notFound()
  return toUpload(row)
}

/** Says of each thing that can use a file whether the caller may read it there: asked at every read. */
export type FileReaders = Record<
  UsedKind,
  (ctx: UserCtx, use: { usedId: string; uploadId: string }) => Promise<boolean>
>

interface LinkWish {
  /** Whether a browser shall save it. */
  download: boolean
  base: string
  readers: FileReaders
}

/**
 * A link to a file for the owner and for whoever may see what uses it. It lives five minutes.
 * @throws upload.not_found, upload.not_ready
 */
export async function linkToFile(ctx: UserCtx, id: string, { download, base, readers }: LinkWish) {
  const row = await findUpload(ctx, id)
  if (!row) throw uploadErrors.notFound()
  const isOwner = row.userId === ctx.actor.userId
  if (!isOwner && !(await isShownTo(ctx, row, readers))) throw uploadErrors.notFound()
  return linkTo(ctx, row, { download, base })
}

/**
 * The same for a file of which the caller has just been shown what uses it.
 * @throws upload.not_found, upload.not_ready
 */
export async function linkToSeenFile(ctx: UserCtx, id: string, wish: Omit<LinkWish, 'readers'>) {
  const row = await findUpload(ctx, id)
  if (!row) throw uploadErrors.notFound()
  return linkTo(ctx, row, wish)
}

async function linkTo(ctx: UserCtx, row: UploadRow, { download, base }: Omit<LinkWish, 'readers'>) {
  if (!isReadable(ctx, row)) throw row.state === 'refused' ? uploadErrors.notFound() : uploadErrors.notReady()
  const until = ctx.now() + linkMs
  const wish = JSON.stringify([row.id, download ? 'attachment' : 'inline'])
  const token = await signToken(ctx.config.CURSOR_KEY, readPurpose, { id: wish, until })
  return { url: `${base}/api/v1/files/${token}`, expiresAt: new Date(until).toISOString() }
}

async function isShownTo(ctx: UserCtx, row: UploadRow, readers: FileReaders): Promise<boolean> {
  if (row.usedKind === null || row.usedId === null) return false
  return readers[row.usedKind](ctx, { usedId: row.usedId, uploadId: row.id })
}

/** What is behind a link, and how it is to be handed out. @throws file.link_invalid */
export async function openFile(ctx: Ctx, token: string) {
  const opened = await openToken(ctx.config.CURSOR_KEY, readPurpose, token, ctx.now())
  if (opened === null) throw uploadErrors.linkInvalid()
  const [id, wish]: [string, 'attachment' | 'inline'] = JSON.parse(opened)
  const row = await findUpload(ctx, id)
  if (!row || !isReadable(ctx, row)) throw uploadErrors.linkInvalid()
  const kind = wish === 'inline' && mayBeInline(row.contentType) ? 'inline' : 'attachment'
  return {
    key: row.fileKey,
    size: row.size,
    etag: `"${row.sha256}"`,
    contentType: servedType(row.contentType),
    disposition: contentDisposition(kind, row.filename),
  }
}
