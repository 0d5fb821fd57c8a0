import type { MemberRole } from '../channels/live/contract'
import type { ChannelSettings } from '../channels/tables'

export type MeetupState = 'scheduled' | 'active' | 'completed' | 'cancelled'
export type Answer = 'going' | 'maybe' | 'not_going'
/** What came of an answer: `void` where it says nothing about the person. */
export type Outcome = 'attended' | 'missed' | 'void'

/** How a meetup comes again, on calendar dates in its own zone. */
export interface Repeat {
  frequency: 'daily' | 'weekly' | 'monthly'
  interval: number
  /** Of weekly ones: 1 is Monday. Empty: the weekday on which it starts. */
  weekdays: number[]
  /** The last date on which one may start. */
  until: string
}

/** A host marks who was there until this long after the end. */
export const markableMs = 7 * 24 * 60 * 60_000
export const minDurationMinutes = 15
export const maxDurationMinutes = 12 * 60
/** How far ahead meetups that repeat stand in lists and can be answered. */
export const plannedDays = 42
/** Longer than this ago, or further ahead, nothing is planned. */
export const maxAheadDays = 2 * 366
export const defaultRemindMinutes = 15

const looksAfter = (role: MemberRole) => role !== 'member'

export const canPlan = (role: MemberRole, whoMayPlan: Required<ChannelSettings>['whoMayPlanMeetups']) =>
  whoMayPlan === 'members' || looksAfter(role)

/** The host and those who look after the channel change a meetup, cancel it and say who was there. */
export const canRun = (role: MemberRole, userId: string, hostId: string | null) => looksAfter(role) || userId === hostId

/** How many of the last twenty somebody attended, of those that say something about a person. */
export interface Attendance {
  counted: number
  attended: number
}

export const attendanceOver = 20
const freeBefore = 5

/** How many meetups ahead somebody may say `going` to; null: any number. */
export function bookingLimit({ counted, attended }: Attendance): number | null {
  if (counted < freeBefore || attended * 10 >= counted * 9) return null
  return attended * 10 >= counted * 7 ? 3 : 1
}
