import type { Ctx } from '../app/context'
import { ScanFailed } from './adapters/contract'
import { finishScan, startScan } from './scan-store'

/**
 * Has a file looked at; what the queue calls. Never throws for a scanner that does not answer: the file waits, and cron
 * asks again. May be repeated.
 */
export async function scanUpload(ctx: Ctx, id: string): Promise<void> {
  if (!ctx.scanner) return
  const row = await startScan(ctx, id)
  if (!row) return
  const file = await ctx.files.get(row.fileKey)
  if (!file) return finishScan(ctx, id, 'The file is not there.')
  try {
    const verdict = await ctx.scanner.scan(file.body)
    await finishScan(ctx, id, verdict.clean ? null : `The scanner found ${verdict.found} in it.`)
    if (!verdict.clean) ctx.log.warn('upload.harmful', { uploadId: id, userId: row.userId, found: verdict.found })
  } catch (error) {
    if (!(error instanceof ScanFailed)) throw error
    ctx.log.error('upload.not_scanned', { uploadId: id, tries: row.scanTries, error: error.message })
  }
}

/** What asks for a scan in the queue. */
export const scanRequest = (uploadId: string) => ({ kind: 'upload.scan' as const, uploadId })

/** The file that a message of the queue wants scanned; null for other messages. */
export function scanWish(body: unknown): string | null {
  const { kind, uploadId } = (body ?? {}) as Partial<ReturnType<typeof scanRequest>>
  return kind === 'upload.scan' && typeof uploadId === 'string' ? uploadId : null
}
