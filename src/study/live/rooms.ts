import { all, run, type Sql } from '../../channels/live/schema'
import type { RoomStudy, StudyNews } from '../../channels/live/study-contract'
import type { Seat } from './log'

/** What one room is to show of the person. */
interface Showing {
  roomId: string
  /** As JSON; `null` once nothing is to be shown there any more. */
  study: string
  rev: number
  /** Whether the room has it. */
  heard: boolean
}

/** How long the room has to answer before it is told again. */
const againMs = 60_000
const nothing = 'null'

/** Of a session in a room what the others there see of it. */
function roomStudy({ session, subjectName }: Seat): RoomStudy {
  const { doing, since, startedAt, subjectId, task, autoEndsAt } = session
  const subject = subjectId !== null && subjectName ? { id: subjectId, name: subjectName } : null
  return { state: doing, since, startedAt, subject, task, until: autoEndsAt }
}

/**
 * Which rooms show what their person studies (S21). It is written down in the turn of its cause, before a room hears of
 * it, so that whatever fails in between is told again, and no room shows for long what is over.
 */
export class StudyRooms {
  private showings: Showing[]
  private tellAt = 0

  constructor(private readonly sql: Sql) {
    const rows = all<Omit<Showing, 'heard'> & { heard: number }>(
      sql,
      'SELECT room_id AS roomId, study, rev, heard FROM study_shown',
    )
    this.showings = rows.map((row) => ({ ...row, heard: row.heard === 1 }))
  }

  /** Notes what is to be shown from now on. Nothing is written where that is what it was, as after a ping. */
  plan(seat: Seat | null, now: number): void {
    const roomId = seat?.session.roomId ?? null
    const study = seat && JSON.stringify(roomStudy(seat))
    for (const one of this.showings)
      if (one.roomId !== roomId && one.study !== nothing) this.keep({ ...one, study: nothing }, now)
    if (roomId === null || study === null) return
    const known = this.showings.find((one) => one.roomId === roomId)
    if (known?.study === study) return
    this.keep({ roomId, study, rev: known?.rev ?? 0, heard: false }, now)
    this.dropOver()
  }

  /** When to tell again what a room has not heard yet; null for never. */
  nextAt(): number | null {
    const next = this.next()
    return next ? Math.max(this.tellAt, next.rev + againMs) : null
  }

  /**
   * Tells the rooms, one after the other, until each has heard the last, or has failed to.
   * @param send resolves to whether the room has heard it
   */
  async tell(send: (roomId: string, news: Omit<StudyNews, 'userId'>) => Promise<boolean>, now: number): Promise<void> {
    this.tellAt = now + againMs
    const unreached = new Set<string>()
    for (let one = this.next(unreached); one; one = this.next(unreached)) {
      const { roomId, study, rev } = one
      if (!(await send(roomId, { study: JSON.parse(study), rev }))) unreached.add(roomId)
      // What has changed meanwhile is told next.
      else if (this.showings.includes(one)) {
        this.replace({ ...one, heard: true })
        run(this.sql, 'UPDATE study_shown SET heard = 1 WHERE room_id = ?', roomId)
      }
    }
  }

  private next(except?: ReadonlySet<string>): Showing | undefined {
    return this.showings.find(({ heard, roomId }) => !heard && !except?.has(roomId))
  }

  /** The last revision stays until there is a higher one: a clock that goes back makes none that rooms would ignore. */
  private keep(showing: Showing, now: number): void {
    const last = Math.max(...this.showings.map(({ rev }) => rev), 0)
    const next = { ...showing, rev: Math.max(now, last + 1), heard: false }
    const { roomId, study, rev } = next
    run(this.sql, 'INSERT OR REPLACE INTO study_shown VALUES (?, ?, ?, 0)', roomId, study, rev)
    this.replace(next)
  }

  private replace(showing: Showing): void {
    this.showings = [...this.showings.filter(({ roomId }) => roomId !== showing.roomId), showing]
  }

  private dropOver(): void {
    const over = this.showings.filter(({ study, heard }) => heard && study === nothing)
    for (const { roomId } of over) run(this.sql, 'DELETE FROM study_shown WHERE room_id = ?', roomId)
    this.showings = this.showings.filter((one) => !over.includes(one))
  }
}
