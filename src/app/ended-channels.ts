import { clearEndedChannels } from '../channels/ended/actions'
import { clearAttachments } from '../channels/live/attachments-jobs'
import { giveBackMaterials } from '../materials/jobs'
import { clearSeries } from '../meetups/jobs'
import { giveBackNotes } from '../notes/jobs'
import { clearTodos } from '../todos/jobs'
import type { Ctx } from './context'

/**
 * What others have in a room or group that is deleted. Words and files that people have made are theirs and stay with
 * them; what nobody can see any more goes.
 */
export const sweepEndedChannels = (ctx: Ctx) =>
  clearEndedChannels(ctx, [clearTodos, giveBackNotes, giveBackMaterials], [clearAttachments, clearSeries])
