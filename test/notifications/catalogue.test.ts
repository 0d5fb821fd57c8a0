import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { kinds } from '../../src/notifications/contract'
import { wordsFor } from '../../src/notifications/texts/words'
import type { EventType } from '../../src/outbox/contract'
import { rows } from '../support/accounts'
import { type Person, signUp } from '../support/people'
import { causes, type House } from './causes'
import { methodsAdded, methodsRemoved, type Told } from './security-causes'

let house: House
let subjectId: string

beforeAll(async () => {
  subjectId = (await (await signUp()).call('GET', '/subjects?query=math')).body.data[0].id
})

/** Nobody has been told of anything yet. */
beforeEach(async () => {
  const [ada, ben, cleo] = (await Promise.all(
    ['Ada', 'Ben', 'Cleo'].map((name) => signUp({ name, emailVerifiedAt: 1 })),
  )) as [Person, Person, Person]
  const room = (await ada.call('POST', '/rooms', { name: 'Algebra' })).body.id
  const group = (await ada.call('POST', '/groups', { title: 'Analysis', subjectId })).body.id
  for (const one of [ben, cleo]) {
    await one.call('POST', `/rooms/${room}/join`)
    await one.call('POST', `/groups/${group}/join`)
  }
  await ada.call('PATCH', `/rooms/${room}/members/${ben.id}`, { role: 'moderator' })
  house = { ada, ben, cleo, room, group, subjectId }
})

/** What somebody was told of this type, once it is there, and what has become of it in each way. */
async function hearOnce(who: Told, type: EventType, facts = '%') {
  return vi.waitFor(async () => {
    const found = await rows(
      `SELECT l.event_id AS id, e.facts, e.created_at AS createdAt, l.category,
         group_concat(l.channel || ' ' || l.state, ', ' ORDER BY l.channel) AS ways
       FROM outbox e JOIN notification_log l ON l.event_id = e.id
       WHERE l.user_id = ? AND e.type = ? AND e.facts LIKE ? GROUP BY l.event_id`,
      ...[who.id, type, facts],
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
    // What is asked and answered is on the list no more.
    const withdrawn = type === 'appeal.made'
    const { data } = (await who.call('GET', '/notifications')).body
    expect(data.filter((one: { type: string }) => one.type === type)).toHaveLength(withdrawn ? 0 : 1)
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
