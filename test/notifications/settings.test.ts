import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tellEvent } from '../../src/notifications/actions/tell-event'
import { unsubscribeLink } from '../../src/notifications/actions/unsubscribe'
import { recordEvent } from '../../src/outbox/actions'
import { rows } from '../support/accounts'
import { makeTestCtx } from '../support/ctx'
import { call, countingEnv, type Person, requestOf, signUp } from '../support/people'
import { World } from './world'

let ada: Person
let ben: Person
let world: World

beforeAll(async () => {
  ada = await signUp({ name: 'Ada', avatarKey: 'ava_1' })
})
beforeEach(async () => {
  ben = await signUp({ emailVerifiedAt: 1 })
  world = new World()
})

async function tell(to: Person = ben, by: Person = ada) {
  const ctx = await world.ctx()
  const subjectId = crypto.randomUUID()
  await ctx.db.batch([
    recordEvent(ctx, { type: 'friend.requested', to: [to.id], facts: {}, actorId: by.id, subjectId }),
  ])
  const [row] = await rows('SELECT id FROM outbox WHERE subject_id = ?', subjectId)
  await tellEvent(await world.ctx(), String(row?.id))
  return String(row?.id)
}

describe('the list', () => {
  test('shows the newest first, page by page, with what is unread', async () => {
    const ids = []
    for (let n = 0; n < 5; n += 1) ids.push(await tell())
    const first = await ben.call('GET', '/notifications?limit=2')
    expect(first.body.data.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed().slice(0, 2))
    expect(first.body.data[0]).toMatchObject({
      type: 'friend.requested',
      category: 'social',
      title: 'Ada would like to be friends',
      actor: { id: ada.id, name: 'Ada', avatarUrl: '/api/v1/avatars/ava_1' },
      readAt: null,
    })
    const second = await ben.call('GET', `/notifications?limit=2&cursor=${first.body.nextCursor}`)
    expect(second.body.data.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed().slice(2, 4))
    expect((await ada.call('GET', `/notifications?limit=2&cursor=${first.body.nextCursor}`)).body.code).toBe(
      'page.bad_cursor',
    )
    expect((await ben.call('GET', '/notifications/unread-count')).body).toEqual({ count: 5, more: false })
    expect((await ben.call('POST', '/notifications/read', { ids: [ids[4]] })).status).toBe(204)
    expect((await ben.call('GET', '/notifications/unread-count')).body).toEqual({ count: 4, more: false })
    await ben.call('POST', '/notifications/read', { upTo: ids[2] })
    const unread = await ben.call('GET', '/notifications?unread=true')
    expect(unread.body.data.map(({ id }: { id: string }) => id)).toEqual([ids[3]])
    // Nobody else's: marking them as read does nothing.
    await ada.call('POST', '/notifications/read', { ids: [ids[3]] })
    expect((await ben.call('GET', '/notifications/unread-count')).body.count).toBe(1)
  })

  test('hides what somebody did with whom there is a block by now, whoever made it, and shows it again after that', async () => {
    const other = await signUp({ name: 'Eve' })
    const mine = await tell()
    await tell(ben, other)
    const seen = async () => {
      const { data } = (await ben.call('GET', '/notifications')).body
      const { count } = (await ben.call('GET', '/notifications/unread-count')).body
      expect(count).toBe(data.length)
      return data.map(({ id }: { id: string }) => id)
    }
    expect(await seen()).toHaveLength(2)
    for (const [blocker, blocked] of [
      [ben, other],
      [other, ben],
    ] as [Person, Person][]) {
      await blocker.call('PUT', `/blocks/${blocked.id}`)
      expect(await seen()).toEqual([mine])
      await blocker.call('DELETE', `/blocks/${blocked.id}`)
      expect(await seen()).toHaveLength(2)
    }
  })

  test('costs rows for the page, however much there is beside it', async () => {
    for (let n = 0; n < 12; n += 1) await tell()
    const { fetch, counts } = countingEnv()
    const auth = { Authorization: `Bearer ${ben.accessToken}` }
    await fetch(requestOf('GET', '/notifications?limit=2', undefined, auth))
    expect(counts.rowsRead).toBeLessThan(25)
    expect(counts.roundTrips).toBe(2)
  })
})

describe('preferences', () => {
  test('start with the defaults, and change by category and way', async () => {
    const { body } = await ben.call('GET', '/notifications/preferences')
    expect(body.categories.mentions).toEqual({ app: 'immediately', mail: 'daily', push: 'immediately' })
    expect(body.categories.security).toEqual({ app: 'immediately', mail: 'immediately', push: 'immediately' })
    expect(body).toMatchObject({
      quietWhileStudying: true,
      digestHour: 8,
      digestWeekday: 1,
      ways: ['app', 'mail', 'push'],
    })
    const changed = await ben.call('PUT', '/notifications/preferences', {
      categories: { mentions: { mail: 'weekly' }, social: { push: 'never' } },
    })
    expect(changed.body.categories.mentions).toEqual({ app: 'immediately', mail: 'weekly', push: 'immediately' })
    const more = await ben.call('PUT', '/notifications/preferences', {
      categories: { mentions: { app: 'never' } },
      digestHour: 20,
    })
    expect(more.body.categories).toMatchObject({
      mentions: { app: 'never', mail: 'weekly', push: 'immediately' },
      social: { app: 'immediately', mail: 'immediately', push: 'never' },
    })
    expect(more.body.digestHour).toBe(20)
  })

  test.each([
    [{ categories: { security: { mail: 'never' } } }],
    [{ categories: { mentions: { sms: 'immediately' } } }],
    [{ categories: { mentions: { app: 'daily' } } }],
    [{ categories: { gossip: { mail: 'never' } } }],
    [{ digestHour: 24 }],
    [{ everything: 'never' }],
  ])('%j is refused', async (body) => {
    expect((await ben.call('PUT', '/notifications/preferences', body)).body.code).toBe('request.invalid')
  })

  test('quiet hours have days, a zone and an end', async () => {
    const ranges = [{ weekday: 5, start: '22:00', end: '07:30' }]
    const set = await ben.call('PUT', '/notifications/quiet-hours', { ranges, timezone: 'Asia/Tokyo' })
    expect(set.body).toMatchObject({ ranges, timezone: 'Asia/Tokyo' })
    expect((await ben.call('GET', '/notifications/preferences')).body.quietHours).toMatchObject({ ranges })
    for (const bad of [
      { weekday: 8, start: '22:00', end: '07:00' },
      { weekday: 1, start: '07:00', end: '07:00' },
    ])
      expect((await ben.call('PUT', '/notifications/quiet-hours', { ranges: [bad] })).body.code).toBe('request.invalid')
    expect((await ben.call('PUT', '/notifications/quiet-hours', { ranges: [] })).body).toEqual({
      ranges: [],
      timezone: null,
      until: null,
    })
  })
})

describe('unsubscribing', () => {
  const linkFor = async (person: Person) => {
    const { post } = await unsubscribeLink(await makeTestCtx(), person.id, ['social', 'tasks'])
    return new URL(post).pathname.replace('/api/v1', '') + new URL(post).search
  }

  test('takes one click of a mail program, without a session, and ends just these kinds', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const reply = await call('POST', await linkFor(ben), 'List-Unsubscribe=One-Click', form)
    expect(reply).toMatchObject({ status: 200, body: { categories: ['social', 'tasks'] } })
    const { body } = await ben.call('GET', '/notifications/preferences')
    expect(body.categories).toMatchObject({ social: { mail: 'never', app: 'immediately' }, tasks: { mail: 'never' } })
    expect(body.categories.invitations.mail).toBe('immediately')
    const { search } = new URL(`http://x${await linkFor(ben)}`)
    const fromPage = { token: new URLSearchParams(search).get('token') }
    expect((await call('POST', '/notifications/unsubscribe', fromPage)).status).toBe(200)
    const multipart = { 'Content-Type': 'multipart/form-data; boundary=x' }
    expect((await call('POST', await linkFor(ben), '--x--', multipart)).status).toBe(200)
  })

  test('a link that was changed opens nothing, nor does one of another purpose', async () => {
    const link = await linkFor(ben)
    for (const bad of [
      `${link}x`,
      link.replace('token=', 'token=A'),
      '/notifications/unsubscribe',
      '/notifications/unsubscribe?token=a.b',
    ])
      expect((await call('POST', bad, {})).status).toBeGreaterThanOrEqual(404)
    expect((await ben.call('GET', '/notifications/preferences')).body.categories.social.mail).toBe('immediately')
  })

  test('a form is taken there and nowhere else', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    expect((await ben.call('POST', '/notifications/read', 'ids=1', form)).status).toBe(415)
  })
})

describe('mail that came back', () => {
  const key = 'k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  async function report(body: object, { at = Date.now(), secret = new Uint8Array(32) } = {}) {
    const text = JSON.stringify(body)
    const t = Math.floor(at / 1000)
    const hmac = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', hmac, new TextEncoder().encode(`${t}.${text}`)))
    const headers = { 'Studyhall-Signature': `t=${t},v1=${mac.toHex()}` }
    return countingEnv({ MAIL_BOUNCE_KEY: key } as Partial<Env>).fetch(
      requestOf('POST', '/notifications/bounces', text, headers),
    )
  }
  const address = () => `${ben.username}@studyhall.test`
  const mailRow = async () => {
    const id = await tell()
    const [row] = await rows(`SELECT state, reason FROM notification_log WHERE event_id = ? AND channel = 'mail'`, id)
    return row
  }

  test('ends mail to this address; a complaint ends all but security', async () => {
    expect((await report({ address: address(), kind: 'temporary' })).status).toBe(204)
    expect(await mailRow()).toEqual({ state: 'held', reason: 'batch' })
    expect((await report({ address: address(), kind: 'permanent' })).status).toBe(204)
    expect(await mailRow()).toEqual({ state: 'dropped', reason: 'bounced' })
    ben = await signUp({ emailVerifiedAt: 1 })
    expect((await report({ address: address(), kind: 'complaint' })).status).toBe(204)
    expect(await mailRow()).toEqual({ state: 'dropped', reason: 'switched_off' })
    expect((await report({ address: 'nobody@example.org', kind: 'permanent' })).status).toBe(204)
  })

  test('is believed only with a fresh signature of the right key', async () => {
    const body = { address: address(), kind: 'permanent' }
    expect((await report(body, { at: Date.now() - 301_000 })).body.code).toBe('bounce.bad_signature')
    expect((await report(body, { at: Date.now() + 302_000 })).body.code).toBe('bounce.bad_signature')
    expect((await report(body, { secret: new Uint8Array(32).fill(1) })).body.code).toBe('bounce.bad_signature')
    expect((await call('POST', '/notifications/bounces', body)).body.code).toBe('bounce.unavailable')
    expect(await mailRow()).toEqual({ state: 'held', reason: 'batch' })
  })
})
