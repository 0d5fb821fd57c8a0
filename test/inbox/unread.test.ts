import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LiveRoom } from '../../durable-objects/live-room'
import { newId } from '../../src/shared/ids'
import { runAlarm } from '../support/alarms'
import { countingDb, noCounts, type Person, signUp } from '../support/people'
import { connectInbox, inboxOf, inboxTicket, openChannel, openInbox } from './links'

const realNow = Date.now.bind(Date)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: realNow() })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const verified = () => signUp({ emailVerifiedAt: Date.now() })
const channelOf = (id: string) => env.STUDY_ROOM.getByName(id)

/** Lets the channel's object do what is due within these milliseconds. */
async function report(id: string, ms = 5000): Promise<void> {
  pass(ms)
  await runAlarm(channelOf(id))
}

async function say(person: Person, id: string, text: string) {
  const { status, body } = await person.call('POST', `/channels/${id}/messages`, { nonce: newId('request'), text })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return body
}

async function conversationOf(mira: Person, jonas: Person): Promise<string> {
  await env.DB.prepare("INSERT INTO user_settings (user_id, may_message) VALUES (?, 'everyone')").bind(jonas.id).run()
  const { status, body } = await mira.call('POST', '/conversations', { userId: jonas.id })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return body.id
}

async function roomOf(owner: Person, ...others: Person[]): Promise<string> {
  const { id } = (await owner.call('POST', '/rooms', { name: 'Algebra' })).body
  for (const person of others) await person.call('POST', `/rooms/${id}/join`)
  return id
}

const conversations = async (person: Person) => (await person.call('GET', '/conversations')).body.data
const unreadIn = async (person: Person, id: string) => {
  const { data } = (await person.call('GET', '/rooms/mine')).body
  const { unreadCount, mentionCount } = data.find((room: { id: string }) => room.id === id)
  return [unreadCount, mentionCount]
}

async function connectChannel(person: Person, id: string) {
  const link = await openChannel(person, id)
  await link.until(({ type }) => type === 'ready')
  return link
}

/** Jonas has just read, by a socket of his, what Mira said and he was told of. */
async function readBySocket() {
  const [mira, jonas] = [await signUp(), await signUp()]
  const id = await roomOf(mira, jonas)
  const link = await connectChannel(jonas, id)
  const { seq } = await say(mira, id, 'one')
  await report(id)
  link.send({ type: 'read', seq })
  await link.until(({ type }) => type === 'read.updated')
  return { mira, jonas, id, link, seq }
}

describe('a direct message', () => {
  test('I5, L29 is told at once to whoever is online, counts until it is read, and never for its author', async () => {
    const [mira, jonas] = [await verified(), await verified()]
    const id = await conversationOf(mira, jonas)
    const [phone, laptop] = [await connectInbox(jonas), await connectInbox(jonas)]
    await say(mira, id, 'Shall we?')
    await report(id, 0)
    const sender = { id: mira.id, name: mira.name }
    const message = { sender, text: 'Shall we?', createdAt: expect.any(String) }
    for (const link of [phone, laptop]) {
      const arrived = await link.until(({ type }) => type === 'direct.arrived')
      expect(arrived).toEqual({ type: 'direct.arrived', channelId: id, message })
      const changed = link.events.find(({ type }) => type === 'unread.changed')
      const about = { channelId: id, kind: 'conversation', name: '' }
      expect(changed).toEqual({ type: 'unread.changed', ...about, unreadCount: 1, mentionCount: 0, message })
    }
    const second = await say(mira, id, 'At ten?')
    await report(id)
    const lastMessage = { senderId: mira.id, text: 'At ten?', createdAt: second.createdAt }
    expect(await conversations(jonas)).toMatchObject([{ id, unreadCount: 2, mentionCount: 0, lastMessage }])
    expect(await conversations(mira)).toMatchObject([{ id, unreadCount: 0, mentionCount: 0, lastMessage }])

    expect((await jonas.call('PUT', `/channels/${id}/read`, { seq: second.seq })).status).toBe(200)
    for (const link of [phone, laptop])
      expect(await link.until(({ type }) => type === 'read.updated')).toMatchObject({
        ...{ channelId: id, seq: second.seq, unreadCount: 0 },
      })
    expect(await conversations(jonas)).toMatchObject([{ unreadCount: 0 }])
  })

  test('I6 its preview is emptied when it is deleted, and follows an edit', async () => {
    const [mira, jonas] = [await verified(), await verified()]
    const id = await conversationOf(mira, jonas)
    const { id: messageId } = await say(mira, id, 'Frist')
    await report(id, 0)
    await mira.call('PATCH', `/channels/${id}/messages/${messageId}`, { text: 'First' })
    await report(id)
    expect(await conversations(jonas)).toMatchObject([{ lastMessage: { text: 'First' } }])
    await mira.call('DELETE', `/channels/${id}/messages/${messageId}`)
    await report(id)
    expect(await conversations(jonas)).toMatchObject([{ lastMessage: { text: '' } }])
  })

  test('I7 of a muted conversation is counted in the list and told to nobody', async () => {
    const [mira, jonas] = [await verified(), await verified()]
    const id = await conversationOf(mira, jonas)
    await jonas.call('PUT', `/channels/${id}/mute`, {})
    const link = await connectInbox(jonas)
    await say(mira, id, 'Psst')
    await report(id, 0)
    // The alarm may have begun by itself.
    await vi.waitFor(async () => expect(await conversations(jonas)).toMatchObject([{ unreadCount: 1, muted: true }]))
    expect(link.types()).toEqual(['ready'])
    const again = await connectInbox(jonas)
    expect(again.events[0]!.unread).toEqual({ unreadCount: 0, mentionCount: 0, channels: [] })
  })
})

describe('unread', () => {
  test('I5 own messages never count, wherever they stand, and the furthest mark wins', async () => {
    const [mira, jonas] = [await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    await say(mira, id, 'one')
    const two = await say(jonas, id, 'two')
    await say(mira, id, 'three')
    await report(id)
    expect([await unreadIn(mira, id), await unreadIn(jonas, id)]).toEqual([
      [1, 0],
      [2, 0],
    ])
    await jonas.call('PUT', `/channels/${id}/read`, { seq: two.seq })
    await jonas.call('PUT', `/channels/${id}/read`, { seq: 1 })
    expect(await unreadIn(jonas, id)).toEqual([1, 0])
  })

  test('I5 what was said before somebody came is not new to them', async () => {
    const [mira, jonas] = [await signUp(), await signUp()]
    const id = await roomOf(mira)
    await say(mira, id, 'one')
    await report(id)
    pass(1000)
    await jonas.call('POST', `/rooms/${id}/join`)
    expect(await unreadIn(jonas, id)).toEqual([0, 0])
    pass(1000)
    await say(mira, id, 'two')
    await report(id)
    expect(await unreadIn(jonas, id)).toEqual([1, 0])
  })

  test('I5 a mention counts apart, by name and by @room, for those who are away, too, and not for who calls', async () => {
    const [mira, jonas, wen] = [await signUp(), await signUp(), await signUp()]
    const id = await roomOf(mira, jonas, wen)
    await say(mira, id, `@${jonas.username} look`)
    await say(mira, id, '@room all of you')
    await say(jonas, id, '@room is nothing from a member')
    await report(id)
    const all = [await unreadIn(mira, id), await unreadIn(jonas, id), await unreadIn(wen, id)]
    expect(all).toEqual([
      [1, 0],
      [2, 2],
      [3, 1],
    ])
  })

  test('I4 the ready event counts what is new, also what came between the ticket and its socket', async () => {
    const [mira, jonas] = [await signUp(), await signUp()]
    const id = await roomOf(mira, jonas)
    await say(mira, id, 'one')
    await report(id)
    const ticket = await inboxTicket(jonas)
    await say(mira, id, 'two')
    await report(id)
    await evictDurableObject(inboxOf(jonas))
    const link = await openInbox(ticket)
    const ready = await link.until(({ type }) => type === 'ready')
    expect(ready.unread).toEqual({
      ...{ unreadCount: 2, mentionCount: 0 },
      channels: [{ channelId: id, kind: 'room', unreadCount: 2, mentionCount: 0 }],
    })
  })

  test('L29 a mark by socket reaches the inbox within a minute, and at once when the socket closes', async () => {
    const { mira, jonas, id } = await readBySocket()
    expect(await unreadIn(jonas, id)).toEqual([1, 0])
    await report(id, 60_000)
    expect(await unreadIn(jonas, id)).toEqual([0, 0])
    const again = await connectChannel(jonas, id)
    const second = await say(mira, id, 'two')
    again.send({ type: 'read', seq: second.seq })
    await again.until(({ type, seq }) => type === 'read.updated' && seq === second.seq)
    again.socket.close(1000)
    await again.closed()
    await vi.waitFor(async () => {
      await report(id, 0)
      await report(id)
      expect(await unreadIn(jonas, id)).toEqual([0, 0])
    })
  })

  test('L29 a mark by socket outlives sleep, is exported, and reaches the inbox when that socket closes', async () => {
    const { jonas, id, link, seq } = await readBySocket()
    await evictDurableObject(channelOf(id))
    expect(await channelOf(id).exportMember(jonas.id, 0, 10)).toMatchObject({ readUpTo: seq })
    expect(await unreadIn(jonas, id)).toEqual([1, 0])
    await evictDurableObject(channelOf(id))
    // Here, unlike where it runs, a close that wakes an evicted object finds its socket gone.
    await channelOf(id).ping()
    link.socket.close(1000)
    await link.closed()
    await vi.waitFor(async () => {
      await report(id, 0)
      expect(await unreadIn(jonas, id)).toEqual([0, 0])
    })
  })

  test('L29 a mark by HTTP takes the one that a socket keeps along', async () => {
    const { jonas, id, seq } = await readBySocket()
    expect((await jonas.call('PUT', `/channels/${id}/read`, { seq })).body).toEqual({ seq })
    expect(await unreadIn(jonas, id)).toEqual([0, 0])
  })

  test('L29 of an erased person no socket keeps a mark', async () => {
    const { jonas, id, link } = await readBySocket()
    await channelOf(id).eraseMember(jonas.id, 'keep', 10)
    await evictDurableObject(channelOf(id))
    await channelOf(id).ping()
    link.socket.close(1000)
    await link.closed()
    await report(id, 60_000)
    expect(await channelOf(id).exportMember(jonas.id, 0, 10)).toMatchObject({ readUpTo: null })
  })
})

test('L29 more marks than fifty are told a part each second, and of who reads on meanwhile with the next sweep', async () => {
  const mira = await signUp()
  const id = await roomOf(mira)
  await connectChannel(mira, id)
  await report(id)
  const told: string[] = []
  const readers = Array.from({ length: 120 }, (_, n) => `reader ${n}`)
  const hold = (userIds: string[]) =>
    runInDurableObject(channelOf(id), (object) => {
      const { room } = object as unknown as { room: LiveRoom }
      for (const userId of userIds) room.log.reading.hold(userId, { seq: 1, at: Date.now() })
    })
  await runInDurableObject(channelOf(id), (object) => {
    const inner = object as unknown as { env: Env }
    const USER_INBOX = { getByName: (name: string) => ({ hear: async () => void told.push(name) }) }
    inner.env = { ...inner.env, USER_INBOX } as unknown as Env
  })
  await hold(readers)
  await report(id, 60_000)
  expect(told).toEqual(readers.slice(0, 50))
  pass(1)
  await hold(['late'])
  await report(id, 998)
  expect(told.length).toBe(50)
  await report(id, 1)
  expect(told).toEqual(readers.slice(0, 100))
  await report(id, 1000)
  expect(told).toEqual(readers)
  await report(id, 60_000)
  expect(told).toEqual([...readers, 'late'])
})

test('I9 lists show how many are in a room without waking it', async () => {
  const [mira, jonas] = [await signUp(), await signUp()]
  const id = await roomOf(mira, jonas)
  const count = async () => (await jonas.call('GET', `/rooms/${id}`)).body.liveCount
  expect(await count()).toBe(0)
  const links = [await connectChannel(mira, id), await connectChannel(jonas, id)]
  await report(id)
  expect(await count()).toBe(2)
  links[0]!.socket.close(1000)
  await links[0]!.closed()
  await vi.waitFor(async () => {
    await report(id, 66_000)
    await report(id, 6_000)
    expect(await count()).toBeLessThan(2)
  })
})

test('L29 a minute of talk costs twelve pairs of statements, twelve calls for each who is online elsewhere, and nothing for the absent', async ({
  annotate,
}) => {
  const owner = await signUp()
  const subjectId = (await owner.call('GET', '/subjects?limit=1')).body.data[0].id
  const { id } = (await owner.call('POST', '/groups', { title: 'Hundred', subjectId, maxMembers: 100 })).body
  const people = [owner]
  for (let n = 1; n < 100; n++) people.push(await signUp())
  await Promise.all(people.slice(1).map((person) => person.call('POST', `/groups/${id}/join`)))
  const [here, elsewhere] = [people.slice(0, 30), people.slice(30, 50)]
  for (const person of here) await connectChannel(person, id)
  for (const person of elsewhere) await connectInbox(person)
  await report(id)

  const counts = noCounts()
  const calls = new Map<string, number>()
  await runInDurableObject(channelOf(id), async (object) => {
    const inner = object as unknown as { env: Env }
    const { env: real } = inner
    const USER_INBOX = {
      getByName(name: string) {
        const stub = real.USER_INBOX.getByName(name)
        return {
          async hear(news: Parameters<typeof stub.hear>[0]) {
            calls.set(name, (calls.get(name) ?? 0) + 1)
            await stub.hear(news)
          },
        }
      },
    }
    inner.env = { ...real, DB: countingDb(real.DB, counts), USER_INBOX } as unknown as Env
  })
  for (let n = 0; n < 100; n++) {
    pass(600)
    await runInDurableObject(channelOf(id), async (object, { storage }) => {
      const from = people[n % 30]!.id
      await object.command(from, { type: 'message.send', text: `Message ${n}` }, newId('request'))
      const due = await storage.getAlarm()
      if (due !== null && due <= Date.now()) await object.alarm()
    })
  }
  await report(id)

  const updates = counts.sql.filter((text) => /^\s*UPDATE/i.test(text)).length
  const selects = counts.sql.filter((text) => /^\s*SELECT/i.test(text)).length
  const sum = (some: Person[]) => some.reduce((total, person) => total + (calls.get(person.id) ?? 0), 0)
  const most = Math.max(...elsewhere.map((person) => calls.get(person.id) ?? 0))
  await annotate(
    `100 messages in a minute: ${updates} UPDATEs and ${selects} SELECTs in ${counts.roundTrips} round trips, ${counts.rowsRead} rows read, ${counts.rowsWritten} written; at most ${most} calls for each of 20 online, ${sum(here)} for all 30 who are connected, ${sum(people.slice(50))} for the absent`,
    'measured',
  )
  expect([updates <= 12, selects <= 12, counts.roundTrips <= 12]).toEqual([true, true, true])
  expect(elsewhere.map((person) => (calls.get(person.id) ?? 0) <= 12)).not.toContain(false)
  expect(elsewhere.map((person) => calls.get(person.id) ?? 0)).not.toContain(0)
  expect(sum(people.slice(50))).toBe(0)
  const { data } = (await people[40]!.call('GET', '/groups/mine')).body
  expect(data).toMatchObject([{ unreadCount: 100, liveCount: 30 }])

  // Where everybody writes within five seconds, authors who are here hear of it once a minute, each in their turn.
  calls.clear()
  for (let n = 0; n < 8; n++) {
    pass(5000)
    await runInDurableObject(channelOf(id), async (object) => {
      for (const { id: from } of here)
        await object.command(from, { type: 'message.send', text: 'All' }, newId('request'))
      await object.alarm()
    })
  }
  expect(here.map((person) => (calls.get(person.id) ?? 0) <= 1)).not.toContain(false)
  expect(elsewhere.map((person) => (calls.get(person.id) ?? 0) <= 8)).not.toContain(false)
  await report(id, 60_000)
  expect(here.map((person) => calls.get(person.id) ?? 0)).not.toContain(0)
  expect(sum(here)).toBeLessThanOrEqual(2 * here.length)
  expect((await here[7]!.call('GET', '/groups/mine')).body.data).toMatchObject([{ unreadCount: 100 + 8 * 30 - 12 }])
}, 60_000)
