import type { Ctx } from '../../app/context'
import { hasAttachment } from './actions'
import { confirmAttachment, dropAttachments, dropAttachmentsOf, listUnconfirmed } from './attachments-store'

const confirmAfterMs = 24 * 60 * 60_000
const atOnce = 50

/**
 * A file is bound before its message is decided on, so one that was refused leaves a file that no message has. After a
 * day each channel is asked once.
 */
export async function confirmAttachments(ctx: Ctx): Promise<void> {
  for (const { uploadId, channelId } of await listUnconfirmed(ctx.db, ctx.now() - confirmAfterMs, atOnce)) {
    if (await hasAttachment(ctx, channelId, uploadId)) await confirmAttachment(ctx.db, uploadId)
    else await dropAttachments(ctx.db, channelId, [uploadId])
  }
}

/** Files of rooms and groups that are deleted; their objects forget the messages by themselves. */
export const clearAttachments = (ctx: Ctx, channelIds: string[], limit: number) =>
  dropAttachmentsOf(ctx.db, channelIds, limit)
