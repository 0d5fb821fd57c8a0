import type { Ctx } from '../app/context'
import { forgetReads } from './actions'
import { giveBackNotesOf } from './ended-store'

/** What counts readers once a day is of no use afterwards. */
export async function sweepNoteReads(ctx: Ctx): Promise<void> {
  await forgetReads(ctx, 5000)
}

/** The notes of rooms that are deleted. */
export const giveBackNotes = giveBackNotesOf
