import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { adapterNames } from '../../src/app/adapters'
import { readConfig } from '../../src/app/config'
import { rows } from '../support/accounts'
import { makeTestCtx } from '../support/ctx'
import { readOutbox } from '../support/outbox'
import { countingEnv, type Person, requestOf, signUp } from '../support/people'
import { outcomeOf, pushContract, pushOf } from './push-contract'
import { PushService } from './push-service'
import { reader, tellingIn } from './telling'
import { World } from './world'

let ada: Person
let ben: Person
let world: World

beforeAll(async () => {
  ada = await signUp({ name: 'Ada' })
})
beforeEach(async () => {
  ben = await reader()
  world = new World()
})
afterEach(() => vi.restoreAllMocks())

const { record, asked, tell: tellOf } = tellingIn(() => ({ world, by: ada }))

/** Tells Ben of something. */
async function tell(): Promise<string> {
  const { id } = await asked(ben.id)
  await tellOf(id)
  return id
}

const pushOn = async (settings: Record<string, string>) => {
  const { push } = await makeTestCtx({ PUSH_HOSTS: 'push.test', ...settings })
  if (!push) throw new Error('push is off')
  return push
}

describe('web push', () => {
  async function setup() {
    const service = await PushService.open('https://eu.push.test')
    vi.spyOn(globalThis, 'fetch').mockImplementation(service.fetch)
    const sender = await pushOn({ PUSH_ADAPTER: 'web' })
    return { service, sender, target: service.target, waiting: async () => service.waiting }
  }
  pushContract(setup)

  test.each([
    [404, 'gone'],
    [410, 'gone'],
    [429, 'temporary'],
    [500, 'temporary'],
    [503, 'temporary'],
    [302, 'permanent'],
    [400, 'permanent'],
    [413, 'permanent'],
  ])('an answer of %i is a failure of the kind %s', async (status, kind) => {
    const { service, sender, target } = await setup()
    service.status = status
    expect(await outcomeOf(sender.send(target, pushOf()))).toBe(kind)
  })

  test('a service that does not answer may do so later', async () => {
    const { sender, target } = await setup()
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no route'))
    expect(await outcomeOf(sender.send(target, pushOf()))).toBe('temporary')
  })
})

describe('the local outbox', () => {
  pushContract(async () => {
    const { target } = await PushService.open('https://push.test')
    return {
      sender: await pushOn({}),
      target,
      waiting: async () =>
        (await readOutbox(target.endpoint)).toReversed().map(({ kind, text, messageId }) => {
          expect(kind).toBe('push')
          return { topic: messageId, ...JSON.parse(text) }
        }),
    }
  })

  test('says that it is one, and stands in only where it is on and nothing else was chosen', async () => {
    const standIn = 'local outbox (stand-in)'
    const names = async (settings: Record<string, string>) => {
      const { push } = await makeTestCtx(settings)
      return [adapterNames({ ...env, ...settings }).push, push?.name ?? 'off']
    }
    expect(await names({})).toEqual([standIn, standIn])
    expect(await names({ PUSH_ADAPTER: 'web' })).toEqual(['web push', 'web push'])
    expect(await names({ DEV_OUTBOX: '' })).toEqual(['web push', 'web push'])
    expect(await names({ PUSH_ADAPTER: 'off' })).toEqual(['off', 'off'])
    expect(await names({ VAPID_KEY: '' })).toEqual(['off', 'off'])
  })
})

describe('push messages', () => {
  const hosts = { PUSH_ADAPTER: 'web', PUSH_HOSTS: 'push.test' }
  async function subscribe(service: PushService, person = ben) {
    const auth = { Authorization: `Bearer ${person.accessToken}`, 'User-Agent': 'Firefox on a train' }
    const request = requestOf('POST', '/notifications/push-subscriptions', service.subscription, auth)
    return countingEnv(hosts as Partial<Env>).fetch(request)
  }
  const pushRow = async (id: string) => {
    const [row] = await rows(`SELECT state, reason FROM notification_log WHERE event_id = ? AND channel = 'push'`, id)
    return row
  }
  beforeEach(() => {
    world.settings = hosts
  })

  test('reach the browser, encrypted for it alone and signed with the key that it was given', async () => {
    const service = await PushService.open('https://eu.push.test')
    const reply = await subscribe(service)
    expect(reply).toMatchObject({ status: 201, body: { endpoint: service.endpoint, device: 'Firefox on a train' } })
    vi.spyOn(globalThis, 'fetch').mockImplementation(service.fetch)
    const id = await tell()
    await world.drain()
    expect(service.received).toMatchObject([
      {
        payload: { title: 'Ada would like to be friends', count: 1, type: 'friend.requested' },
        urgency: 'normal',
        ttl: 86_400,
      },
    ])
    expect(await pushRow(id)).toEqual({ state: 'sent', reason: null })
    const { publicKey } = (await ben.call('GET', '/notifications/vapid-key')).body
    expect(Uint8Array.fromBase64(publicKey, { alphabet: 'base64url' })).toHaveLength(65)
  })

  test('who looks at a screen has a minute to read it there first', async () => {
    const service = await PushService.open('https://push.test')
    await subscribe(service)
    vi.spyOn(globalThis, 'fetch').mockImplementation(service.fetch)
    world.online.add(ben.id)
    const read = await tell()
    const unread = await tell()
    await world.drain()
    expect(service.received).toEqual([])
    await ben.call('POST', '/notifications/read', { ids: [read] })
    await world.pass(2)
    expect(service.received).toHaveLength(1)
    expect(await pushRow(read)).toEqual({ state: 'dropped', reason: 'read' })
    expect(await pushRow(unread)).toEqual({ state: 'sent', reason: null })
  })

  test.each([404, 410])('an endpoint that answers %i is forgotten', async (status) => {
    const service = await PushService.open('https://push.test')
    await subscribe(service)
    service.status = status
    vi.spyOn(globalThis, 'fetch').mockImplementation(service.fetch)
    const id = await tell()
    await world.drain()
    expect(await rows('SELECT * FROM push_subscriptions WHERE user_id = ?', ben.id)).toEqual([])
    expect(await pushRow(id)).toEqual({ state: 'failed', reason: 'gone' })
  })

  test('a service that is down for an hour is asked again with the same topic, and nothing is lost, in order', async () => {
    const service = await PushService.open('https://push.test')
    await subscribe(service)
    const topics: (string | null)[] = []
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      topics.push(new Headers(init?.headers).get('Topic'))
      return service.fetch(input, init)
    })
    service.status = 503
    const first = await tell()
    await world.drain()
    await world.pass(30)
    const second = await record({ type: 'friend.accepted', to: [ben.id], facts: {} })
    await tellOf(second.id)
    await world.pass(30)
    expect(service.received).toEqual([])
    expect(new Set(topics).size).toBe(1)
    service.status = 201
    await world.pass(40)
    expect(service.received.map(({ payload }) => payload.title)).toEqual([
      'Ada would like to be friends',
      'Ada and you are friends now',
    ])
    for (const id of [first, second.id]) expect(await pushRow(id)).toEqual({ state: 'sent', reason: null })
  })

  test('what one browser has is delivered, and one whose service is down gets the next', async () => {
    const [here, there] = [await PushService.open('https://push.test'), await PushService.open('https://eu.push.test')]
    for (const service of [here, there]) await subscribe(service)
    vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) =>
      (String(input) === here.endpoint ? here : there).fetch(input, init),
    )
    there.status = 503
    const first = await tell()
    await world.drain()
    expect(await pushRow(first)).toEqual({ state: 'sent', reason: null })
    there.status = 201
    await tell()
    await world.drain()
    await world.pass(3)
    expect([here.received.length, there.received.length]).toEqual([2, 1])
  })

  test('a redirect is not followed', async () => {
    const service = await PushService.open('https://push.test')
    await subscribe(service)
    service.status = 302
    vi.spyOn(globalThis, 'fetch').mockImplementation(service.fetch)
    const id = await tell()
    await world.drain()
    expect(await pushRow(id)).toEqual({ state: 'failed', reason: 'permanent' })
  })

  test.each([
    'http://push.test/x',
    'https://push.test:8443/x',
    'https://user:word@push.test/x',
    'https://push.test.example.org/x',
    'https://notpush.test/x',
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/x',
  ])('%s is no endpoint', async (endpoint) => {
    const service = await PushService.open('https://push.test')
    const body = { ...service.subscription, endpoint }
    const auth = { Authorization: `Bearer ${ben.accessToken}` }
    const request = requestOf('POST', '/notifications/push-subscriptions', body, auth)
    expect((await countingEnv(hosts as Partial<Env>).fetch(request)).body.code).toBe('push.endpoint_refused')
    expect(await rows('SELECT * FROM push_subscriptions WHERE user_id = ?', ben.id)).toEqual([])
  })

  test('a browser is one person’s at a time, and of many browsers the oldest goes', async () => {
    const service = await PushService.open('https://push.test')
    await subscribe(service)
    await subscribe(service, ada)
    expect(await rows('SELECT user_id FROM push_subscriptions WHERE endpoint = ?', service.endpoint)).toEqual([
      { user_id: ada.id },
    ])
    expect((await ben.call('DELETE', '/notifications/push-subscriptions', { endpoint: service.endpoint })).status).toBe(
      204,
    )
    expect(await rows('SELECT 1 FROM push_subscriptions WHERE user_id = ?', ada.id)).toHaveLength(1)
    const many = await Promise.all(Array.from({ length: 12 }, () => PushService.open('https://push.test')))
    for (const one of many) await subscribe(one)
    expect(await rows('SELECT 1 FROM push_subscriptions WHERE user_id = ?', ben.id)).toHaveLength(10)
    await ada.call('DELETE', '/notifications/push-subscriptions', { endpoint: service.endpoint })
    expect(await rows('SELECT 1 FROM push_subscriptions WHERE user_id = ?', ada.id)).toEqual([])
  })

  test('are off without a key, and say so', async () => {
    const auth = { Authorization: `Bearer ${ben.accessToken}` }
    const { fetch } = countingEnv({ VAPID_KEY: '' } as Partial<Env>)
    expect((await fetch(requestOf('GET', '/notifications/vapid-key', undefined, auth))).body.code).toBe(
      'push.unavailable',
    )
    world.settings = { VAPID_KEY: '' }
    expect(await pushRow(await tell())).toEqual({ state: 'dropped', reason: 'off' })
    const read = readConfig({ ...env, VAPID_KEY: '{"kty":"EC"}', VAPID_SUBJECT: 'somebody' })
    expect(read).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([
        expect.stringMatching(/^VAPID_KEY: /),
        expect.stringMatching(/^VAPID_SUBJECT: /),
      ]),
    })
  })
})
