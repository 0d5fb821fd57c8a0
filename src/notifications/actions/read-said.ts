import type { Ctx } from '../../app/context'
import { reach } from '../../shared/reach'
import type { HeldRow } from '../delivery-store'

interface Said {
  text: string | null
  isThere: boolean
  isDeleted: boolean
}

const nothingSaid: Said = { text: null, isThere: true, isDeleted: false }

/**
 * What the message says of which a notification tells, asked of its room at this moment: nobody is mailed what was
 * deleted, or what happens where they are no longer.
 */
export async function readSaid(ctx: Ctx, userId: string, { event, isMember }: HeldRow): Promise<Said> {
  if (!('messageId' in event.facts) || event.channelId === null) return nothingSaid
  if (!isMember) return { ...nothingSaid, isThere: false }
  const { channelId } = event
  const { messageId } = event.facts
  const found = await reach(
    () => ctx.room(channelId).findMessage(userId, messageId),
    (error) => ctx.log.warn('room.unreachable', { channelId, error: String(error) }),
  )
  if (found.ok) return { text: found.value.text, isThere: true, isDeleted: found.value.deletedAt !== null }
  return { text: null, isThere: found.code === 'message.not_found', isDeleted: true }
}
