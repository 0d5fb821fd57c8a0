import { vi } from 'vitest'
import type { StudyEvent } from '../../src/study/live/post'
import { inboxOf } from '../inbox/links'
import { minute } from '../study/study'
import { rows } from '../support/accounts'
import { runAlarm } from '../support/alarms'
import type { Person } from '../support/people'

/** Starts a session of somebody's so many minutes ago, and pings at each of these. @returns its id, back in the present */
async function studiedSince({ id: userId }: Person, startedAt: number, pingsAt: number[]): Promise<string> {
  const now = Date.now()
  const at = (minutes: number) => vi.setSystemTime(now - minutes * minute)
  const topic = { roomId: null, subjectId: null, subjectName: null, todoId: null, task: null }
  const zone = { timezone: 'UTC', dayStartHour: 0 }
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    at(startedAt)
    const inbox = inboxOf({ id: userId })
    const begun = await inbox.study(userId, { do: 'start', start: { ...topic, zone, autoEndMinutes: 120, skips: [] } })
    const id = begun.ok ? (begun.session?.id ?? '') : ''
    for (const ping of pingsAt) {
      at(ping)
      await inbox.study(userId, { do: 'ping', id, active: false })
    }
    return id
  } finally {
    vi.useRealTimers()
  }
}

const everyOther = Array.from({ length: 16 }, (_, n) => 30 - 2 * n)

/** What makes each event of study time for somebody, once. */
export const studyCauses: Record<StudyEvent, (person: Person) => Promise<void>> = {
  async 'study.asked'(person) {
    await studiedSince(person, 31, everyOther)
    for (let twice = 0; twice < 2; twice += 1) await runAlarm(inboxOf(person))
  },
  async 'study.ended'(person) {
    await studiedSince(person, 8, [6])
    for (let twice = 0; twice < 2; twice += 1) await runAlarm(inboxOf(person))
  },
  async 'study.level'(person) {
    await rows('INSERT INTO study_standings VALUES (?, 299, 0, 0, NULL, 0, 0)', person.id)
    const id = await studiedSince(person, 1, [])
    for (let twice = 0; twice < 2; twice += 1)
      await inboxOf(person).study(person.id, { do: 'end', id, claimedAt: null })
  },
}
