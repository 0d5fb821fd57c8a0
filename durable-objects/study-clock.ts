import { errorFields, makeLog } from '../src/app/log'
import { first, isStored, upgradeSchema } from '../src/channels/live/schema'
import type { StudyNews } from '../src/channels/live/study-contract'
import { openDb } from '../src/shared/db'
import { newId } from '../src/shared/ids'
import type { SessionView, Span, SpanCheck, StudyCommand, StudyOutcome } from '../src/study/contract'
import { StudyDesk } from '../src/study/live/desk'
import { StudyLog } from '../src/study/live/log'
import { StudyPost } from '../src/study/live/post'
import { StudyRooms } from '../src/study/live/rooms'
import { studySteps, studyVersionTable } from '../src/study/live/schema'
import { deliver } from '../src/study/live/store'

const nothingRuns: StudyOutcome = { ok: true, session: null, isNew: false }
const notFound: StudyOutcome = { ok: false, code: 'study.session_not_found', session: null }

/** A person's study clock while their object is awake: keeps it, hands over what is over, and tells of what changes. */
export class StudyClock {
  /** Null until the first start: an object that was only asked for stores nothing. */
  private desk: StudyDesk | null
  private rooms: StudyRooms | null = null
  private delivery: Promise<void> | null = null
  private telling: Promise<void> | null = null

  constructor(
    private readonly ctx: DurableObjectState,
    private readonly env: Env,
    /** Tells the person's devices, and plans the alarm anew. */
    private readonly changed: (news: SessionView[]) => void,
  ) {
    this.desk = isStored(ctx.storage.sql, studyVersionTable) ? this.open() : null
  }

  /** Everything is about to be deleted. */
  forget(): void {
    this.desk = null
    this.rooms = null
  }

  private open(): StudyDesk {
    const { storage } = this.ctx
    storage.transactionSync(() => upgradeSchema(storage.sql, studySteps, studyVersionTable))
    this.rooms = new StudyRooms(storage.sql)
    const log = new StudyLog(storage.sql)
    return new StudyDesk(log, new StudyPost(log, storage.sql, newId), newId)
  }

  nextAt(): number | null {
    const times = [this.desk?.nextAt() ?? null, this.rooms?.nextAt() ?? null].filter((at) => at !== null)
    return times.length === 0 ? null : Math.min(...times)
  }

  async run(command: StudyCommand): Promise<StudyOutcome> {
    if (command.do === 'start') this.desk ??= this.open()
    if (!this.desk) return command.do === 'current' ? nothingRuns : notFound
    // What is on its way to D1 would arrive as it was.
    if (command.do === 'edit') await this.delivery
    const { outcome, news } = this.inOneTurn(this.desk, (desk) => desk.run(command, Date.now()))
    if (command.do === 'end') this.desk.post.giveHeadStart(Date.now())
    this.tell(news)
    // Who reads their sessions next finds this one; if that fails, the alarm tries again.
    if (command.do === 'end') await this.handOver()
    return outcome
  }

  prove(): void {
    if (this.desk) this.tell(this.inOneTurn(this.desk, (desk) => desk.prove(Date.now())))
  }

  isStudying(holds: boolean): boolean {
    return this.desk !== null && this.inOneTurn(this.desk, (desk) => desk.isStudying(holds, Date.now()))
  }

  check(span: Span): SpanCheck {
    const now = Date.now()
    if (!this.desk) return span.to > now ? 'future' : 'free'
    const found = this.inOneTurn(this.desk, (desk) => desk.check(span, now))
    this.tell(this.inOneTurn(this.desk, (desk) => desk.wake(now)))
    return found
  }

  /** What is due: the end of a session that nobody ended, a question, a delivery. */
  async wake(): Promise<void> {
    if (!this.desk) return
    const news = this.inOneTurn(this.desk, (desk) => desk.wake(Date.now()))
    this.desk.post.giveHeadStart(Date.now())
    this.tell(news)
    await Promise.all([this.handOver(), this.telling])
  }

  private inOneTurn<T>(desk: StudyDesk, turn: (desk: StudyDesk) => T): T {
    try {
      return this.ctx.storage.transactionSync(() => {
        const result = turn(desk)
        this.rooms?.plan(desk.running(), Date.now())
        return result
      })
    } catch (error) {
      // Memory may be ahead of storage now; the object starts again from what is stored.
      this.ctx.abort('a study command failed')
      throw error
    }
  }

  /** Tells the person's devices, and the rooms: nobody waits for those, and what one does not hear the alarm tells again. */
  private tell(news: SessionView[]): void {
    const { rooms } = this
    if (rooms && rooms.nextAt() !== null)
      this.telling ??= this.tellRooms(rooms).finally(() => {
        this.telling = null
      })
    this.changed(news)
  }

  private async tellRooms(rooms: StudyRooms): Promise<void> {
    try {
      const userId = this.owner()
      await rooms.tell((roomId, news) => this.tellRoom(roomId, { userId, ...news }), Date.now())
      // What is to be told once more wants to be woken for it.
      this.changed([])
    } catch (error) {
      makeLog({ object: 'UserInbox' }).error('study.not_shown', errorFields(error))
    }
  }

  private async tellRoom(roomId: string, news: StudyNews): Promise<boolean> {
    try {
      await this.env.STUDY_ROOM.getByName(roomId).setStudy(news)
      return true
    } catch (error) {
      makeLog({ object: 'UserInbox' }).warn('study.room_not_told', errorFields(error))
      return false
    }
  }

  private owner(): string {
    const userId = first<{ userId: string }>(this.ctx.storage.sql, 'SELECT user_id AS userId FROM owner')?.userId
    if (userId === undefined) throw new Error('the clock is nobody’s')
    return userId
  }

  private handOver(): Promise<void> {
    const { desk } = this
    if (!desk?.post.hasWaiting(desk.running() !== null)) return this.delivery ?? Promise.resolve()
    this.delivery ??= this.deliverAll(desk).finally(() => {
      this.delivery = null
    })
    return this.delivery
  }

  private async deliverAll(desk: StudyDesk): Promise<void> {
    try {
      const db = openDb(this.env.DB)
      const userId = this.owner()
      await desk.post.deliver(
        (ended) => deliver(db, userId, ended, newId('change'), Date.now()),
        (events) => this.ctx.exports.RoomEvents.take(events.map((event) => ({ ...event, recipients: [userId] }))),
        Date.now(),
      )
      if (!desk.running()) await desk.post.release(() => this.ctx.exports.StudyQuiet.end(userId), Date.now())
    } catch (error) {
      makeLog({ object: 'UserInbox' }).error('study.not_delivered', errorFields(error))
    }
  }
}
