import type { Ctx } from '../app/context'
import { unusedKeptMs } from './rules'
import { listToScan, queueUnscanned, releaseUnscanned } from './scan-store'
import { deleteOrphans, emptyTrash, listTrash } from './store'

const orphansAtOnce = 200
const scansAtOnce = 50
/** R2 deletes so many with one call. */
const filesAtOnce = 500

/** Deletes what was announced and never sent, and what nothing has used for a day. */
export const sweepOrphans = (ctx: Ctx) => deleteOrphans(ctx, ctx.now() - unusedKeptMs, orphansAtOnce)

/** Deletes the bytes of files whose rows are gone: the bytes first, so that none is left without a trace. */
export async function emptyFileTrash(ctx: Ctx): Promise<void> {
  const keys = (await listTrash(ctx, filesAtOnce)).map(({ fileKey }) => fileKey)
  if (keys.length === 0) return
  await ctx.files.delete(keys)
  await emptyTrash(ctx, keys)
}

/** Asks for what has not been scanned: what the queue lost, and what came while scanning was off. */
export async function tendScans(ctx: Ctx): Promise<void> {
  if (!ctx.scanner) return releaseUnscanned(ctx)
  await queueUnscanned(ctx, scansAtOnce)
  for (const { id } of await listToScan(ctx, scansAtOnce)) await ctx.askForScan(id)
}
