/** What the Worker and a person's object say to each other about study time. Plain data only: it crosses an RPC boundary. */

/** How somebody's days run: an IANA zone, and the hour at which a day starts (0..23). */
export interface DayZone {
  timezone: string
  dayStartHour: number
}

/** From when on somebody's days run how, and how many days of the calendar they jumped over by it. */
export interface ZoneChange extends DayZone {
  from: number
  /** The first day of it; empty for how it was at first. */
  startsOn: string
  skippedDays: number
}

/** Time in milliseconds since 1970; from is inside, to is not. */
export interface Span {
  from: number
  to: number
}

export type SegmentKind = 'active' | 'pause' | 'break' | 'idle' | 'manual'
export interface Segment extends Span {
  kind: SegmentKind
}

/** Who or what ended a session. `manual` was never running. */
export type EndReason = 'user' | 'lost' | 'idle' | 'auto' | 'manual'

/** What a session is about. */
export interface Topic {
  roomId: string | null
  subjectId: string | null
  todoId: string | null
  task: string | null
}

/** A session that runs: what the object stores of it. */
export interface Running extends Topic, DayZone {
  id: string
  startedAt: number
  /** Closed parts, the oldest first. */
  segments: readonly Segment[]
  /** What it is doing since when. */
  doing: 'active' | 'pause' | 'break'
  since: number
  /** When a break ends by itself; null while there is none, or it waits for a resume. */
  breakEndsAt: number | null
  autoEndsAt: number
  lastPingAt: number
  provenAt: number
  /** When the person was asked whether they are still studying; null when nothing is asked. */
  askedAt: number | null
}

/** Counted seconds of one of the person's days. */
export interface DayCount {
  /** YYYY-MM-DD. */
  on: string
  seconds: number
}

/** A session that is over, as it is stored for good. */
export interface Finished extends Topic, DayZone {
  id: string
  startedAt: number
  endedAt: number
  endReason: EndReason
  segments: Segment[]
  days: DayCount[]
  /** The sum of `days`. */
  seconds: number
  xp: number
  /** Why somebody entered it by hand. */
  reason: string | null
}

/** A run of days with at least ten counted minutes. */
export interface Streak {
  days: number
  longest: number
  /** The last day that counts; null before the first. */
  lastOn: string | null
  /** Days that may still be missed. */
  freezes: number
  /** Days in a row towards the next freeze, 0..6. */
  towardsFreeze: number
}

/** Days of the calendar that a change of zone let somebody jump over: they did not miss what did not exist. */
export interface SkippedDays {
  /** The first day after them. */
  on: string
  days: number
}

/** A session as its person sees it, running or over. Times are ISO 8601. */
export interface SessionView extends DayZone {
  id: string
  /** `discarded`: it ended before it was 20 s old, and left no trace. */
  state: 'active' | 'pause' | 'break' | 'ended' | 'discarded'
  manual: boolean
  roomId: string | null
  subjectId: string | null
  todoId: string | null
  task: string | null
  /** Why it was entered by hand. */
  reason: string | null
  startedAt: string
  endedAt: string | null
  endReason: EndReason | null
  /** What counts, up to now. */
  countedSeconds: number
  /** Work phases of the room's timer that it was there for; null where nobody has counted them. */
  pomodoros: number | null
  xp: number
  segments: { kind: SegmentKind; startedAt: string; endedAt: string | null }[]
  days: { on: string; countedSeconds: number }[]
  /** When it ends by itself; null once it has ended. */
  autoEndsAt: string | null
  breakEndsAt: string | null
  /** Whether the person is still studying, as they are asked at the moment; without an answer it ends. */
  question: { askedAt: string; answerBy: string } | null
  /** In words what was not counted, and why. */
  notes: string[]
}

/** What a start needs to know, as the Worker has read it. */
export interface StudyStart extends Topic {
  zone: DayZone
  subjectName: string | null
  autoEndMinutes: number
  skips: SkippedDays[]
}

export type TopicChange = { [Field in keyof Topic]?: Topic[Field] }

/** What the Worker asks of the object that keeps a person's clock. */
export type StudyCommand =
  | { do: 'start'; start: StudyStart }
  | { do: 'ping'; id: string; active: boolean }
  | { do: 'pause' | 'resume' | 'confirm'; id: string }
  | { do: 'break'; id: string; minutes: number | null }
  | { do: 'extend'; id: string; minutes: number }
  /** `claimedAt`: when the person says it ended; null for now. */
  | { do: 'end'; id: string; claimedAt: number | null }
  /** `subjectName`: of a subject that changes. */
  | { do: 'edit'; id: string; change: TopicChange; subjectName: string | null }
  | { do: 'find'; id: string }
  | { do: 'current' }

export type StudyOutcome =
  /** `isNew` only for a start that began a session. */
  | { ok: true; session: SessionView | null; isNew: boolean }
  /** `session` is how the one that was meant has ended. */
  | { ok: false; code: 'study.session_not_found' | 'study.session_ended'; session: SessionView | null }

/** Whether a time that is to be entered by hand is free of what the object knows and D1 does not yet. */
export type SpanCheck = 'free' | 'overlaps' | 'future'

/** The part of a person's object that keeps the clock. Every method may be repeated safely. */
export interface StudyObject {
  study(userId: string, command: StudyCommand): Promise<StudyOutcome>
  checkStudySpan(span: Span): Promise<SpanCheck>
  /** Something the person did elsewhere, which proves that they are there. Costs nothing while no session runs. */
  proveActivity(): Promise<void>
}
