import { describe, expect, test } from 'vitest'
import {
  backoffMs,
  decide,
  decideAgain,
  defaultFrequency,
  maxTries,
  type Standing,
} from '../../src/notifications/rules'

const now = Date.parse('2026-11-26T12:00:00Z')
const plain: Standing = {
  category: 'social',
  frequency: { app: 'immediately', mail: 'immediately', push: 'immediately' },
  withdrawn: false,
  expired: false,
  blocked: false,
  muted: false,
  present: false,
  direct: false,
  isThere: true,
  read: false,
  deleted: false,
  mail: 'ok',
  push: 'ok',
  quietUntil: null,
  studying: false,
  nextDigest: { daily: now + 1, weekly: now + 2 },
}
const all = (standing: Partial<Standing>, how = decide) =>
  (['app', 'mail', 'push'] as const).map((way) => {
    const { state, reason } = how(way, { ...plain, ...standing }, now)
    return reason === null ? state : `${state} ${reason}`
  })

const dropped = (reason: string) => [`dropped ${reason}`, `dropped ${reason}`, `dropped ${reason}`]

describe('what becomes of a new event', () => {
  test.each<[string, Partial<Standing>, string[]]>([
    ['ordinarily', {}, ['sent', 'held batch', 'held now']],
    ['for somebody who is gone', { isThere: false }, dropped('gone')],
    ['that was withdrawn', { withdrawn: true }, dropped('withdrawn')],
    ['that is over', { expired: true }, dropped('expired')],
    ['about what was deleted', { deleted: true }, dropped('deleted')],
    ['from somebody blocked', { blocked: true }, dropped('blocked')],
    ['in a muted channel, said there', { muted: true, category: 'mentions' }, dropped('muted')],
    ['in a muted channel, about oneself', { muted: true, category: 'moderation' }, ['sent', 'held batch', 'held now']],
    ['for who was there', { present: true, category: 'mentions' }, ['sent', 'dropped present', 'dropped present']],
    ['said directly to who was there', { present: true, direct: true }, dropped('present')],
    [
      'with everything switched off',
      { frequency: { app: 'never', mail: 'never', push: 'never' } },
      dropped('switched_off'),
    ],
    [
      'without means',
      { mail: 'no_address', push: 'no_subscription' },
      ['sent', 'dropped no_address', 'dropped no_subscription'],
    ],
    ['with mail that came back', { mail: 'bounced' }, ['sent', 'dropped bounced', 'held now']],
    ['in quiet hours', { quietUntil: now + 5 }, ['held quiet_hours', 'held quiet_hours', 'held quiet_hours']],
    ['while studying', { studying: true }, ['held studying', 'held studying', 'held studying']],
    [
      'in a daily digest',
      { frequency: { app: 'immediately', mail: 'daily', push: 'weekly' } },
      ['sent', 'held digest', 'held digest'],
    ],
  ])('%s', (_, standing, expected) => {
    expect(all(standing)).toEqual(expected)
  })

  test('security is told at once, whatever hour it is and whatever was chosen', () => {
    const off: Standing['frequency'] = { app: 'never', mail: 'weekly', push: 'never' }
    const told = all({ category: 'security', quietUntil: now + 5, studying: true, frequency: off, muted: true })
    expect(told).toEqual(['sent', 'held now', 'held now'])
    expect(all({ category: 'security', read: true }, decideAgain)).toEqual(['sent', 'sent', 'sent'])
  })
})

test('at delivery everything is decided again', () => {
  expect(all({}, decideAgain)).toEqual(['sent', 'sent', 'sent'])
  expect(all({ read: true }, decideAgain)).toEqual(['sent', 'dropped read', 'dropped read'])
  expect(all({ quietUntil: now + 5 }, decideAgain)).toEqual(Array(3).fill('held quiet_hours'))
  expect(all({ deleted: true }, decideAgain)).toEqual(dropped('deleted'))
  // What was held for a digest is not held again by it.
  expect(all({ frequency: { app: 'immediately', mail: 'daily', push: 'daily' } }, decideAgain)).toEqual([
    'sent',
    'sent',
    'sent',
  ])
})

test('a provider that is down for an hour is asked again, later each time, for a day', () => {
  const waits = Array.from({ length: maxTries }, (_, n) => backoffMs(n + 1))
  expect(waits.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 32, 60].map((minutes) => minutes * 60_000))
  const total = waits.reduce((sum, wait) => sum + wait, 0)
  expect(total).toBeGreaterThan(24 * 60 * 60_000)
  expect(total).toBeLessThan(28 * 60 * 60_000)
})

test('chatter is mailed once a day, the rest at once', () => {
  expect(defaultFrequency('messages', 'mail')).toBe('daily')
  expect(defaultFrequency('messages', 'push')).toBe('immediately')
  expect(defaultFrequency('invitations', 'mail')).toBe('immediately')
})
