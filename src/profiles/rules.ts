import type { AvailableRange, ProfileRow, SettingsRow } from './tables'

export const educationLevels = ['secondary', 'vocational', 'undergraduate', 'graduate', 'doctoral', 'other'] as const
export const learningStyles = ['visual', 'auditory', 'reading_writing', 'kinesthetic', 'mixed'] as const
export const studyEnvironments = ['quiet', 'library', 'home', 'campus', 'cafe', 'outdoors', 'online', 'music'] as const
export const studyMethods = [
  'pomodoro',
  'flashcards',
  'practice_problems',
  'past_exams',
  'note_taking',
  'mind_maps',
  'reading',
  'video_lectures',
  'teaching_others',
  'group_discussion',
  'silent_together',
] as const

export const audiences = ['everyone', 'shared', 'friends', 'nobody'] as const
export type Audience = (typeof audiences)[number]

/** How the viewer stands to a person: the same one, a friend, with a room or group in common, or none of these. */
export type Relation = 'self' | 'friend' | 'shared' | 'none'

/** Whether somebody who stands so to a person belongs to the audience that the person has chosen. */
export function isInAudience(audience: Audience, relation: Relation): boolean {
  if (relation === 'self') return true
  if (audience === 'everyone') return true
  if (relation === 'friend') return audience !== 'nobody'
  return audience === 'shared' && relation === 'shared'
}

/** What a person has who has never changed a setting, and begins with who changes one. */
export const defaultSettings: Omit<SettingsRow, 'userId'> = {
  mayMessage: 'shared',
  mayInvite: 'everyone',
  maySeePresence: 'shared',
  maySeeStudyStats: 'shared',
  maySeeProfile: 'shared',
  discoverable: true,
  readReceipts: true,
  autoEndMinutes: 120,
  onBoards: true,
}

export const toSettings = (row: Omit<SettingsRow, 'userId'>) => ({
  privacy: {
    mayMessage: row.mayMessage,
    mayInvite: row.mayInvite,
    maySeePresence: row.maySeePresence,
    maySeeStudyStats: row.maySeeStudyStats,
    maySeeProfile: row.maySeeProfile,
    discoverable: row.discoverable,
    readReceipts: row.readReceipts,
  },
  study: { autoEndMinutes: row.autoEndMinutes, onBoards: row.onBoards },
})

const minutesPerDay = 24 * 60

/** Minutes since midnight as `HH:MM`; the end of a day is 24:00. */
export const toClock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

/** `HH:MM` as minutes since midnight, up to 24:00; null for anything else. */
export function fromClock(text: string): number | null {
  const found = /^(\d{2}):(\d{2})$/.exec(text)
  const [hours, minutes] = [Number(found?.[1]), Number(found?.[2])]
  const total = hours * 60 + minutes
  return found && minutes < 60 && total <= minutesPerDay ? total : null
}

/** Ranges in the order of the week. */
export const inWeekOrder = (ranges: AvailableRange[]) =>
  ranges.toSorted((a, b) => a.weekday - b.weekday || a.startMinute - b.startMinute)

/** Whether two of the ranges share a minute. Ranges that only touch do not. */
export function overlaps(ranges: AvailableRange[]): boolean {
  return inWeekOrder(ranges).some((range, at, ordered) => {
    const before = ordered[at - 1]
    return before !== undefined && before.weekday === range.weekday && range.startMinute < before.endMinute
  })
}

/** What a person tells about their studies; nothing and empty lists for one who has told nothing. */
export const toProfile = (row: ProfileRow | null) => ({
  educationLevel: row?.educationLevel ?? null,
  institution: row?.institution ?? null,
  major: row?.major ?? null,
  year: row?.year ?? null,
  learningStyle: row?.learningStyle ?? null,
  studyEnvironments: row?.studyEnvironments ?? [],
  studyMethods: row?.studyMethods ?? [],
})

/** What of it stays between a person and Studyhall, which uses it to find others to study with. */
export const toStudyPlans = (row: ProfileRow | null) => ({
  availability: inWeekOrder(row?.availability ?? []).map(({ weekday, startMinute, endMinute }) => ({
    weekday,
    start: toClock(startMinute),
    end: toClock(endMinute),
  })),
  performanceLevel: row?.performanceLevel ?? null,
  groupPreferences: {
    groupSize: row?.groupSize ?? null,
    sessionDuration: row?.sessionDuration ?? null,
    studyGoals: row?.studyGoals ?? [],
  },
})
