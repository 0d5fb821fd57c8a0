import { expect, test } from 'vitest'
import {
  PushFailure,
  type PushFailureKind,
  type PushMessage,
  type PushSender,
  type PushTarget,
} from '../../src/notifications/adapters/contract'
import type { Received } from './push-service'

export interface PushSetup {
  /** Takes endpoints on push.test. */
  sender: PushSender
  /** A browser that has subscribed there. */
  target: PushTarget
  /** What it would be handed once it is there. */
  waiting(): Promise<Received[]>
}

let made = 0

export function pushOf(overrides: Partial<PushMessage> = {}): PushMessage {
  made += 1
  const payload = { title: 'Ada möchte mit dir lernen 📚', body: '学习', count: 1, channelId: null }
  return { topic: `dlv_${made}`, ttl: 3600, urgency: 'normal', payload, ...overrides }
}

/** How a try ended: null when it was taken over. */
export async function outcomeOf(sent: Promise<void>): Promise<PushFailureKind | null> {
  try {
    await sent
    return null
  } catch (error) {
    if (!(error instanceof PushFailure)) throw error
    return error.kind
  }
}

const filledTo = (bytes: number) => ({ fill: 'x'.repeat(bytes - JSON.stringify({ fill: '' }).length) })

/** What every push adapter promises. The real one and the stand-in go through the same tests. */
export function pushContract(setup: () => Promise<PushSetup>): void {
  test('a message arrives with its words, its topic, its urgency, and how long it is of use', async () => {
    const { sender, target, waiting } = await setup()
    const messages = [pushOf({ urgency: 'high', ttl: 0 }), pushOf()]
    for (const message of messages) expect(await outcomeOf(sender.send(target, message))).toBeNull()
    expect(await waiting()).toEqual(messages)
  })

  test('one of the same topic takes the place of the one before, for this browser alone', async () => {
    const { sender, target, waiting } = await setup()
    const first = pushOf()
    await sender.send(target, first)
    await sender.send(target, first)
    const later = { ...first, payload: { title: 'Two things' } }
    await sender.send(target, later)
    expect(await waiting()).toEqual([later])
    const other = await setup()
    await other.sender.send(other.target, first)
    expect([await other.waiting(), await waiting()]).toEqual([[first], [later]])
  })

  test('the largest message that every push service takes arrives', async () => {
    const { sender, target, waiting } = await setup()
    const message = pushOf({ payload: filledTo(3993) })
    expect(await outcomeOf(sender.send(target, message))).toBeNull()
    expect(await waiting()).toEqual([message])
  })

  test.each<[string, Partial<PushMessage>, Partial<PushTarget>]>([
    ['a topic of two lines', { topic: 'a\r\nTTL: 1' }, {}],
    ['a topic that is too long', { topic: 'a'.repeat(33) }, {}],
    ['no topic', { topic: '' }, {}],
    ['a negative time to live', { ttl: -1 }, {}],
    ['a time to live that is no whole number', { ttl: 1.5 }, {}],
    ['a message that is too large', { payload: filledTo(3994) }, {}],
    ['a key that is no point of the curve', {}, { p256dh: `B${'A'.repeat(86)}` }],
    ['a key that is none at all', {}, { p256dh: 'x' }],
  ])('%s is refused for good, and nothing is sent', async (_, message, flaw) => {
    const { sender, target, waiting } = await setup()
    expect(await outcomeOf(sender.send({ ...target, ...flaw }, pushOf(message)))).toBe('permanent')
    expect(await waiting()).toEqual([])
  })

  test('an endpoint elsewhere is none, and nothing is sent there', async () => {
    const { sender, target } = await setup()
    const endpoint = 'https://127.0.0.1/push.test'
    expect([sender.accepts(target.endpoint), sender.accepts(endpoint)]).toEqual([true, false])
    expect(await outcomeOf(sender.send({ ...target, endpoint }, pushOf()))).toBe('gone')
  })

  test('its public key is one that a browser takes', async () => {
    const { sender } = await setup()
    const point = Uint8Array.fromBase64(sender.publicKey, { alphabet: 'base64url' })
    const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' }
    expect((await crypto.subtle.importKey('raw', point, ecdsa, false, ['verify'])).type).toBe('public')
  })
}
