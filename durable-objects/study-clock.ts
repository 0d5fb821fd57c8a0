import { errorFields, makeLog } from '../src/app/log'
import { first, upgradeSchema } from '../src/channels/live/schema'
import { openDb } from '../src/shared/db'
import { newId } from '../src/shared/ids'
import type { SessionView, Span, SpanCheck, StudyCommand, StudyOutcome } from '../src/study/contract'
import { StudyDesk } from '../src/study/live/desk'
import { StudyLog } from '../src/study/live/log'
import { studySteps, studyVersionTable } from '../src/study/live/schema'
import { deliver } from '../src/study/live/store'

const nothingRuns: StudyOutcome = { ok: true, session: null, isNew: false }
const notFound: StudyOutcome = { ok: false, code: 'study.session_not_found', session: null }

/** A person's study clock while their object is awake: keeps it, hands over what is over, and tells of what changes. */
export class StudyClock {
  /** Null until the first start: an object that was only asked for stores nothing. */
  private desk: StudyDesk | null
  private delivery: Promise<void> | null = null

  constructor(
    private readonly ctx: DurableObjectState,
    private readonly env: Env,
    /** Tells the person's devices, and plans the alarm anew. */
    private readonly changed: (news: SessionView[]) => void,
  ) {
    const { sql } = ctx.storage
    const isKept = first(sql, `SELECT 1 FROM sqlite_master WHERE name = '${studyVersionTable}'`) !== null
    this.desk = isKept ? this.open() : null
  }

  /** Everything is about to be deleted. */
  forget(): void {
    this.desk = null
  }

  private open(): StudyDesk {
    const { storage } = this.ctx
    storage.transactionSync(() => upgradeSchema(storage.sql, studySteps, studyVersionTable))
    return new StudyDesk(new StudyLog(storage.sql), newId)
  }

  nextAt(): number | null {
    return this.desk?.nextAt() ?? null
  }

  async run(command: StudyCommand): Promise<StudyOutcome> {
    if (command.do === 'start') this.desk ??= this.open()
    if (!this.desk) return command.do === 'current' ? nothingRuns : notFound
    // What is on its way to D1 would arrive as it was.
    if (command.do === 'edit') await this.delivery
    const { outcome, news } = this.inOneTurn(this.desk, (desk) => desk.run(command, Date.now()))
    if (command.do === 'end') this.desk.giveHeadStart(Date.now())
    this.changed(news)
    // Who reads their sessions next finds this one; if that fails, the alarm tries again.
    if (command.do === 'end') await this.handOver()
    return outcome
  }

  prove(): void {
    if (this.desk) this.changed(this.inOneTurn(this.desk, (desk) => desk.prove(Date.now())))
  }

  isStudying(holds: boolean): boolean {
    return this.desk !== null && this.inOneTurn(this.desk, (desk) => desk.isStudying(holds, Date.now()))
  }

  check(span: Span): SpanCheck {
    const now = Date.now()
    if (!this.desk) return span.to > now ? 'future' : 'free'
    const found = this.inOneTurn(this.desk, (desk) => desk.check(span, now))
    this.changed(this.inOneTurn(this.desk, (desk) => desk.wake(now)))
    return found
  }

  /** What is due: the end of a session that nobody ended, a question, a delivery. */
  async wake(): Promise<void> {
    if (!this.desk) return
    const news = this.inOneTurn(this.desk, (desk) => desk.wake(Date.now()))
    this.desk.giveHeadStart(Date.now())
    this.changed(news)
    await this.handOver()
  }

  private inOneTurn<T>(desk: StudyDesk, turn: (desk: StudyDesk) => T): T {
    try {
      return this.ctx.storage.transactionSync(() => turn(desk))
    } catch (error) {
      // Memory may be ahead of storage now; the object starts again from what is stored.
      this.ctx.abort('a study command failed')
      throw error
    }
  }

  private handOver(): Promise<void> {
    const { desk } = this
    if (!desk?.hasWaiting()) return this.delivery ?? Promise.resolve()
    this.delivery ??= this.deliverAll(desk).finally(() => {
      this.delivery = null
    })
    return this.delivery
  }

  private async deliverAll(desk: StudyDesk): Promise<void> {
    try {
      const db = openDb(this.env.DB)
      const userId = first<{ userId: string }>(this.ctx.storage.sql, 'SELECT user_id AS userId FROM owner')?.userId
      if (userId === undefined) throw new Error('the clock is nobody’s')
      await desk.deliver((ended) => deliver(db, userId, ended, newId('change'), Date.now()), Date.now())
      await desk.release(() => this.ctx.exports.StudyQuiet.end(userId), Date.now())
    } catch (error) {
      makeLog({ object: 'UserInbox' }).error('study.not_delivered', errorFields(error))
    }
  }
}
