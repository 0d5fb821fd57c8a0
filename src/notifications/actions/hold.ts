import type { Ctx } from '../../app/context'
import { enqueue } from '../../outbox/actions'
import { releaseHeld } from '../delivery-store'

/** The end of a study session: what was held for it comes now, as a summary. */
export async function endStudyQuiet(ctx: Ctx, userId: string): Promise<void> {
  const released = await releaseHeld(ctx, userId, 'studying')
  await enqueue(
    ctx,
    released.map((channel) => ({ kind: 'deliver', userId, channel })),
  )
}
