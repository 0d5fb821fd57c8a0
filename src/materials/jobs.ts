import type { Ctx } from '../app/context'
import { forgetDownloads } from './actions'
import { giveBackMaterialsOf } from './ended-store'

/** What counts people once a day is of no use afterwards. */
export async function sweepMaterialDownloads(ctx: Ctx): Promise<void> {
  await forgetDownloads(ctx, 5000)
}

/** The materials of rooms that are deleted. */
export const giveBackMaterials = giveBackMaterialsOf
