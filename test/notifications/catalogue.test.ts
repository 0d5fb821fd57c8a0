import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { kinds } from '../../src/notifications/contract'
import { wordsFor } from '../../src/notifications/texts/words'
import type { EventType } from '../../src/outbox/contract'
import { rows } from '../support/accounts'
import { signUp } from '../support/people'
import { causes, type House } from './causes'
import { methodsAdded, methodsRemoved, type Told } from './security-causes'

let house: House
/** Everything that was recorded up to here is of other tests. */
let since: string

beforeAll(async () => {
  const [ada, ben] = await Promise.all([
    signUp({ name: 'Ada', emailVerifiedAt: 1 }),
    signUp({ name: 'Ben', emailVerifiedAt: 1 }),
  ])
  const subjectId = (await ada.call('GET', '/subjects?query=math')).body.data[0].id
  const room = (await ada.call('POST', '/rooms', { name: 'Algebra', maxParticipants: 100 })).body.id
  const group = (await ada.call('POST', '/groups', { title: 'Analysis', subjectId, maxMembers: 100 })).body.id
  await ben.call('POST', `/rooms/${room}/join`)
  await ada.call('PATCH', `/rooms/${room}/members/${ben.id}`, { role: 'moderator' })
  house = { ada, ben, cleo: ben, room, group, subjectId }
})

beforeEach(async () => {
  const cleo = await signUp({ name: 'Cleo', emailVerifiedAt: 1 })
  for (const place of [`/rooms/${house.room}`, `/groups/${house.group}`]) await cleo.call('POST', `${place}/join`)
  house = { ...house, cleo }
  since = String((await rows('SELECT max(id) AS id FROM outbox'))[0]?.id ?? '')
})

/** What somebody was told of this type, once it is there, and what has become of it in each way. */
async function hearOnce(who: Told, type: EventType, facts = '%') {
  return vi.waitFor(async () => {
    const found = await rows(
      `SELECT l.event_id AS id, e.facts, e.created_at AS createdAt, l.category,
         group_concat(l.channel || ' ' || l.state, ', ' ORDER BY l.channel) AS ways
       FROM outbox e JOIN notification_log l ON l.event_id = e.id
       WHERE l.user_id = ? AND e.type = ? AND e.facts LIKE ? AND e.id > ? GROUP BY l.event_id`,
      ...[who.id, type, facts, since],
    )
    expect(found).toHaveLength(1)
    return found[0] ?? {}
  }, 5000)
}

test('there is a cause for every event, and none for what is no event', () => {
  expect(Object.keys(causes).sort()).toEqual(Object.keys(kinds).sort())
})

describe('who is concerned hears once', () => {
  test.each(Object.keys(causes) as EventType[])('of %s', async (type) => {
    const who = await causes[type](house)
    const told = await hearOnce(who, type)
    expect(told.category).toBe(kinds[type].category)
    expect(told.ways).toMatch(/^app (sent|held), mail \w+, push \w+$/)
    // What is answered or taken back is on the list no more.
    const withdrawn = type === 'appeal.made' || type === 'security.deletion_scheduled'
    const { data } = (await who.call('GET', '/notifications')).body
    expect(data.some((one: { id: string }) => one.id === told.id)).toBe(!withdrawn)
    const event = {
      ...{ type, facts: JSON.parse(String(told.facts)), createdAt: Number(told.createdAt) },
      ...{ actorName: 'Ada', channelName: 'Algebra', channelKind: 'room' as const },
    }
    const [english, german] = ['en', 'de'].map((locale) => wordsFor(event, { locale, timezone: 'Europe/Vienna' }))
    expect(english?.title).not.toBe(german?.title)
    expect(JSON.stringify([english, german])).not.toMatch(/undefined|null|NaN|\[object/)
  })

  const mailedAtOnce = async (who: Told, type: EventType, method: string) => {
    await hearOnce(who, type, `%"${method}"%`)
    await vi.waitFor(async () =>
      expect(await hearOnce(who, type, `%"${method}"%`)).toMatchObject({ ways: 'app sent, mail sent, push dropped' }),
    )
  }
  test.each(Object.entries(methodsAdded))('that a way to sign in was added: %s', async (method, cause) => {
    await mailedAtOnce(await cause(), 'security.method_added', method)
  })
  test.each(Object.entries(methodsRemoved))('that a way to sign in was taken away: %s', async (method, cause) => {
    await mailedAtOnce(await cause(), 'security.method_removed', method)
  })
})
