import { errorFields, makeLog } from '../src/app/log'
import type { Attachment } from '../src/channels/live/contract'
import type { RoomLog } from '../src/channels/live/log'

/** Binds uploads of a person to this channel; answers with what was bound, all or nothing. */
export type ClaimFiles = (channelId: string, userId: string, uploadIds: string[]) => Promise<Attachment[]>

/** More messages with files than this, waiting for D1 at once, are refused: nobody makes a room ask without end. */
const atOnce = 5

/** The files of messages that are about to be sent. */
export class RoomFiles {
  private readonly waiting = new Map<string, number>()

  constructor(
    private readonly log: RoomLog,
    private readonly claim: ClaimFiles,
  ) {}

  /** What may be attached of what was asked for; without all of it the core refuses the message. */
  async of(userId: string, nonce: string | null, uploadIds: string[]): Promise<Attachment[]> {
    const channelId = this.log.channel()?.id
    const member = this.log.member(userId)
    const isRepeated = nonce !== null && this.log.nonce(userId, nonce) !== null
    const waiting = this.waiting.get(userId) ?? 0
    if (channelId === undefined || member?.state !== 'active' || isRepeated || waiting >= atOnce) return []
    this.waiting.set(userId, waiting + 1)
    try {
      return await this.claim(channelId, userId, uploadIds)
    } catch (error) {
      makeLog({ object: 'StudyRoom' }).error('room.files_not_claimed', errorFields(error))
      return []
    } finally {
      const left = (this.waiting.get(userId) ?? 1) - 1
      if (left === 0) this.waiting.delete(userId)
      else this.waiting.set(userId, left)
    }
  }
}
