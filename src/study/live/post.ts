import { RoomOutbox } from '../../channels/live/housekeeping'
import type { Sql } from '../../channels/live/schema'
import type { EventFacts, StoredEvent } from '../../outbox/contract'
import type { NewId } from '../../shared/ids'
import { levelOf } from '../rules/xp'
import type { Ended, StudyLog } from './log'

const retryMs = 60_000
/** A delivery that was begun at once has this long before the alarm takes over. */
const headStartMs = 10_000
const eventsAtOnce = 50

/** A session that has been handed over, and the experience that its person has with it; null for who is erased. */
export type TakeSession = (ended: Ended) => Promise<{ xp: number } | null>

/** What study tells its person of, for whose object it is no question who that is. */
export type StudyEvent = 'study.asked' | 'study.ended' | 'study.level'

/**
 * What leaves a person's object: sessions that are over, what the person is to be told, and what others hold back for
 * them. Whatever fails is tried again a minute later.
 */
export class StudyPost {
  private readonly outbox: RoomOutbox
  private waiting: boolean
  private at = 0
  /** When somebody was last asked to hold back what they had to tell; null while nothing is held. */
  private heldAt: number | null

  constructor(
    private readonly log: StudyLog,
    sql: Sql,
    private readonly newId: NewId,
  ) {
    this.outbox = new RoomOutbox(sql)
    this.waiting = log.undelivered() !== null || this.outbox.list(1).length > 0
    this.heldAt = log.heldAt()
  }

  /** A session is over. */
  add(ended: Omit<Ended, 'num'>): void {
    this.log.keepEnded(ended)
    this.begin(ended.finished.endedAt)
  }

  /** Tells the person, wherever they are. @param sessionId of what */
  tell<T extends StudyEvent>(type: T, sessionId: string, facts: EventFacts[T], at: number, expiresAt?: number): void {
    const event: StoredEvent<T> = {
      ...{ id: this.newId('event'), type, actorId: null, channelId: null, subjectId: sessionId },
      ...{ audience: 'listed', recipients: [], facts, createdAt: at, expiresAt: expiresAt ?? null },
    }
    this.outbox.add(event)
    this.begin(at)
  }

  /** Somebody holds back what they have to tell, until no session runs. */
  hold(now: number): void {
    this.log.keepHeld(now)
    this.heldAt = now
  }

  /** When to try again; null for never. */
  nextAt(isStudying: boolean): number | null {
    return this.hasWaiting(isStudying) ? this.at : null
  }

  hasWaiting(isStudying: boolean): boolean {
    return this.waiting || (this.heldAt !== null && !isStudying)
  }

  /** A delivery has begun already; the alarm comes only if that fails. */
  giveHeadStart(now: number): void {
    this.at = now + headStartMs
  }

  /** Hands over what is over, one after the other, and then what the person is to be told. */
  async deliver(take: TakeSession, tell: (events: StoredEvent[]) => Promise<void>, now: number): Promise<void> {
    this.at = now + retryMs
    for (;;) {
      const ended = this.log.undelivered()
      if (ended) {
        const standing = await take(ended)
        this.log.markDelivered(ended.num)
        if (standing) this.tellOfLevel(ended, standing.xp, now)
        continue
      }
      const events = this.outbox.list(eventsAtOnce)
      if (events.length === 0) break
      await tell(events)
      this.outbox.drop(events)
    }
    this.waiting = false
  }

  private tellOfLevel({ finished, before }: Ended, xp: number, now: number): void {
    const level = levelOf(xp)
    if (level > levelOf(xp - finished.xp + (before?.xp ?? 0))) this.tell('study.level', finished.id, { level }, now)
  }

  /** Lets out what was held back for a session, once none runs. */
  async release(send: () => Promise<void>, now: number): Promise<void> {
    const { heldAt } = this
    if (heldAt === null) return
    this.at = now + retryMs
    await send()
    // Who was told to hold just before the end may not have written that down yet: that is let out a minute later.
    if (this.heldAt !== heldAt || now - heldAt < retryMs) return
    this.log.dropHeld()
    this.heldAt = null
  }

  private begin(at: number): void {
    this.waiting = true
    this.at = at
  }
}
