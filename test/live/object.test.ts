import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { newId } from '../../src/shared/ids'
import { type Link, Room } from './links'
import { member } from './replicas'

const day = 24 * 60 * 60_000
const realNow = Date.now.bind(Date)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: realNow() })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** Says many things without a socket, inside the object, so that thousands take no time. */
const flood = (room: Room, userId: string, count: number, text: (n: number) => string = String) =>
  runInDurableObject(room.stub, async (object) => {
    for (let n = 0; n < count; n++)
      await object.command(userId, { type: 'message.send', text: text(n) }, newId('request'))
  })

const seqs = (link: Link) =>
  link.events.flatMap(({ type, seq }) => (type.includes('.') && type !== 'read.updated' && seq ? [seq] : []))

describe('opening', () => {
  test('L1 the server speaks studyhall.v1 and never repeats the ticket', async () => {
    const room = await Room.of('mira')
    const link = await room.connect('mira')
    expect(link.protocol).toBe('studyhall.v1')
  })

  test('L3 a used, late or invented ticket is accepted, told why, and closed with 4401', async () => {
    const room = await Room.of('mira')
    const used = await room.ticket('mira')
    await room.openWith(used)
    expect(await (await room.openWith(used)).closed()).toBe(4401)
    const late = await room.ticket('mira')
    pass(30_000)
    for (const ticket of [used, late, 'invented', '']) {
      const link = await room.openWith(ticket)
      expect(await link.closed()).toBe(4401)
      expect(link.events).toEqual([{ type: 'closing', code: 4401, reconnect: true }])
    }
  })

  test('L3 a ticket that a cookie made needs an Origin, so that only a browser of ours can use it', async () => {
    const room = await Room.of('mira')
    const without = await room.openWith(await room.ticket('mira', { transport: 'cookie' }))
    expect(await without.closed()).toBe(4401)
    const origin = 'https://studyhall.test'
    await room.connect('mira', { transport: 'cookie', origin })
    await expect(room.connect('mira', { origin: 'https://evil.test' })).rejects.toThrow('403')
  })

  test('L2 tickets of who was removed, or whose session ended, are void', async () => {
    const room = await Room.of('mira', 'jonas')
    const tickets = [await room.ticket('mira'), await room.ticket('jonas', { sessionId: 'one' })]
    await room.change('mira', { state: 'removed' })
    await room.stub.dropSession('one')
    for (const ticket of tickets) expect(await (await room.openWith(ticket)).closed()).toBe(4401)
    const visitor = { userId: 'mira', sessionId: 's', sessionEndsAt: Date.now() + 1e9, transport: 'bearer' } as const
    expect(await room.stub.issueTicket(visitor, room.channel(), member('mira'))).toEqual({
      ok: false,
      code: 'channel.membership_required',
    })
  })

  test('a room that was only asked for stores nothing', async () => {
    const room = new Room()
    expect(await room.stub.listMessages('mira', { limit: 1 })).toMatchObject({ code: 'channel.membership_required' })
    expect(await (await room.openWith('invented')).closed()).toBe(4401)
    await room.stub.ping()
    const tables = await runInDurableObject(room.stub, (_, { storage }) => [
      ...storage.sql.exec(`SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'`),
    ])
    expect(tables).toEqual([])
  })
})

describe('talking', () => {
  test('L11, L15 everybody hears the same, the sender too, and the ack comes first in its frame', async () => {
    const room = await Room.of('mira', 'jonas')
    const links = [await room.connect('mira'), await room.connect('mira'), await room.connect('jonas')]
    const ack = await links[0]!.say('Shall we start?')
    for (const link of links) {
      const created = await link.until(({ type }) => type === 'message.created')
      expect(created).toMatchObject({ seq: ack.seq, message: { id: ack.id, text: 'Shall we start?', reactions: [] } })
    }
    expect(links[0]!.frames.at(-1)!.map(({ type }) => type)).toEqual(['ack', 'message.created'])
    expect(links[1]!.types()).not.toContain('ack')
  })

  test('L4 ready, then what was missed, then resumed; L13 in the present form', async () => {
    const room = await Room.of('mira', 'jonas')
    const mira = await room.connect('mira')
    const first = await mira.say('one')
    mira.send({ type: 'message.edit', nonce: 'e', messageId: first.id, text: 'uno' })
    await mira.until(({ nonce }) => nonce === 'e')
    const jonas = await room.connect('jonas', { since: first.seq! - 1 })
    expect(jonas.events.map(({ type, seq }) => [type, seq])).toEqual([
      ['ready', 4],
      ['message.created', 3],
      ['message.updated', 4],
      ['resumed', 4],
    ])
    expect(jonas.events[1]!.message.text).toBe('uno')
    const without = await room.connect('jonas')
    expect(without.types()).toEqual(['ready'])
    const above = await room.connect('jonas', { since: 5 })
    expect(above.types()).toEqual(['ready', 'resync'])
  })

  test('L12, L23 a repetition is acknowledged alike; a refusal is an error and the socket stays', async () => {
    const room = await Room.of('mira', 'jonas')
    const mira = await room.connect('mira')
    const jonas = await room.connect('jonas')
    const ack = await mira.say('one', 'n')
    expect(await mira.say('two', 'n')).toEqual(ack)
    jonas.send({ type: 'message.edit', nonce: 'x', messageId: ack.id, text: 'mine' })
    expect(await jonas.until(({ type }) => type === 'error')).toMatchObject({ code: 'message.not_yours', nonce: 'x' })
    await jonas.say('still here')
    expect(mira.events.filter(({ type }) => type === 'message.created')).toHaveLength(2)
  })

  test('L21 others hear of typing, in one event, and nobody of their own', async () => {
    const room = await Room.of('mira', 'jonas', 'wen')
    const links = [await room.connect('mira'), await room.connect('jonas'), await room.connect('wen')]
    for (const link of links.slice(0, 2)) link.send({ type: 'typing' })
    await links[2]!.waitFor(() => {
      const heard = links[2]!.events.filter(({ type }) => type === 'typing').flatMap(({ userIds }) => userIds)
      return heard.includes('mira') && heard.includes('jonas') ? true : undefined
    })
    await links[0]!.until(({ type, userIds }) => type === 'typing' && userIds[0] === 'jonas')
    expect(JSON.stringify(links[0]!.events.filter(({ type }) => type === 'typing'))).not.toContain('mira')
  })

  test('L7 with fifty sockets a burst is encoded once and sent in few frames', async () => {
    const names = Array.from({ length: 50 }, (_, n) => `u${n}`)
    const room = await Room.of(...names)
    const links = await Promise.all(names.map((name) => room.connect(name)))
    const burst = (link: Link) => link.events.filter(({ type }) => type === 'message.created')
    const stringify = vi.spyOn(JSON, 'stringify')
    // All in one turn, as when frames of many people have piled up.
    await runInDurableObject(room.stub, (object) =>
      Promise.all(names.map((name) => object.command(name, { type: 'message.send', text: name }, 'n'))),
    )
    await Promise.all(links.map((link) => link.waitFor(() => (burst(link).length === 50 ? true : undefined))))
    const encoded = stringify.mock.calls.filter(([value]) => value?.type === 'message.created').length
    stringify.mockRestore()
    expect(encoded).toBe(50)
    const order = burst(links[0]!).map(({ seq }) => seq)
    for (const link of links) {
      expect(burst(link).map(({ seq }) => seq)).toEqual(order)
      const frames = link.frames.filter((frame) => frame.some(({ type }) => type === 'message.created'))
      expect(frames.length).toBeLessThanOrEqual(2)
    }
  })

  test('L10 fifty people who talk at once are heard in one order by all', async () => {
    const names = Array.from({ length: 50 }, (_, n) => `u${n}`)
    const room = await Room.of(...names)
    const links = await Promise.all(names.map((name) => room.connect(name)))
    await Promise.all(links.map((link, n) => link.say(`${n}`)))
    await Promise.all(links.map((link) => link.until(({ type, seq }) => type === 'message.created' && seq === 100)))
    const order = Array.from({ length: 50 }, (_, n) => n + 51)
    for (const link of links) expect(seqs(link)).toEqual(order)
  })
})

describe('bad input', () => {
  const other = async (room: Room) => {
    const link = await room.connect('jonas')
    return async () => {
      await link.say('undisturbed')
      expect(link.closeCode).toBeNull()
    }
  }

  test.each([
    ['binary', new TextEncoder().encode('{"type":"typing"}').buffer as ArrayBuffer, 4400],
    ['not JSON', 'hello', 4400],
    ['not an object', '[{"type":"typing"}]', 4400],
    ['too large', `{"type":"message.send","nonce":"n","text":"${'a'.repeat(16_384)}"}`, 1009],
    ['too large in bytes only', `{"type":"message.send","nonce":"n","text":"${'漢'.repeat(6000)}"}`, 1009],
  ])('L6, L9 a frame that is %s closes its socket and no other', async (_, frame, code) => {
    const room = await Room.of('mira', 'jonas')
    const others = await other(room)
    const mira = await room.connect('mira')
    mira.send(frame)
    expect(await mira.closed()).toBe(code)
    expect(mira.events.at(-1)).toMatchObject({ type: 'closing', code })
    await others()
  })

  test.each([
    ['__proto__', '{"type":"message.send","nonce":"n","text":"hi","__proto__":{"admin":true}}'],
    ['half a surrogate pair', '{"type":"message.send","nonce":"n","text":"\\udc00"}'],
    ['an unknown key', '{"type":"message.send","nonce":"n","text":"hi","sender":"jonas"}'],
    ['deep nesting', `{"type":"message.send","nonce":"n","text":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ])('L9 %s is an error, stores nothing, and the socket stays', async (_, frame) => {
    const room = await Room.of('mira')
    const mira = await room.connect('mira')
    mira.send(frame)
    expect(await mira.until(({ type }) => type === 'error')).toMatchObject({ code: 'frame.invalid', nonce: 'n' })
    expect(await mira.say('first')).toMatchObject({ seq: 2 })
  })

  test('L9 ten of them in a minute are too many', async () => {
    const room = await Room.of('mira')
    const mira = await room.connect('mira')
    for (let n = 0; n < 10; n++) mira.send({ type: 'later' })
    expect(await mira.closed()).toBe(4400)
    expect(mira.types().filter((type) => type === 'error')).toHaveLength(9)
  })

  test('L19 the 121st frame closes with 4408', async () => {
    const room = await Room.of('mira')
    const mira = await room.connect('mira')
    for (let n = 0; n <= 120; n++) mira.send({ type: 'read', seq: 0 })
    expect(await mira.closed()).toBe(4408)
  })
})

describe('eviction', () => {
  test('L27 in mid-conversation: the next seq follows, nobody signs in again', async () => {
    const room = await Room.of('mira', 'jonas')
    const mira = await room.connect('mira')
    const jonas = await room.connect('jonas')
    await mira.say('before')
    await evictDurableObject(room.stub)
    await jonas.say('after')
    await evictDurableObject(room.stub)
    await mira.say('and again')
    await jonas.until(({ type, seq }) => type === 'message.created' && seq === 5)
    expect(seqs(jonas)).toEqual([3, 4, 5])
    expect(await room.stub.presence('mira')).toMatchObject({ ok: true, value: { count: 2 } })
  })

  test('L12 a nonce is remembered for good', async () => {
    const room = await Room.of('mira')
    const mira = await room.connect('mira')
    const ack = await mira.say('one', 'n')
    await evictDurableObject(room.stub)
    pass(400 * day)
    mira.frames.length = 0
    expect(await mira.say('one', 'n')).toEqual(ack)
    expect(await room.stub.command('mira', { type: 'message.send', text: 'one' }, 'n')).toMatchObject({
      ok: true,
      value: { repeated: true, message: { id: ack.id } },
    })
  })

  test('L10 a write that fails half-way leaves nothing of its event, and the room goes on', async () => {
    const room = await Room.of('mira')
    await (await room.connect('mira')).say('before')
    await runInDurableObject(room.stub, (_, { storage }) => {
      storage.sql.exec(`CREATE TRIGGER full_disk BEFORE INSERT ON nonces WHEN NEW.nonce = 'bad'
                        BEGIN SELECT RAISE(ABORT, 'no room left'); END`)
    })
    const outcome = room.stub.command('mira', { type: 'message.send', text: 'half' }, 'bad')
    expect(await outcome.catch((error: unknown) => error)).toBeInstanceOf(Error)
    expect(await room.stub.command('mira', { type: 'message.send', text: 'after' }, 'good')).toMatchObject({
      value: { message: { seq: 3 } },
    })
    expect(await room.stub.listMessages('mira', { limit: 10 })).toMatchObject({
      value: { messages: [{ text: 'after' }, { text: 'before' }] },
    })
  })

  test('L17 nobody in grace is forgotten', async () => {
    const room = await Room.of('mira', 'jonas')
    const mira = await room.connect('mira')
    const jonas = await room.connect('jonas')
    jonas.socket.close(1000)
    await jonas.closed()
    await vi.waitFor(async () => {
      const graces = await runInDurableObject(room.stub, (_, { storage }) =>
        storage.sql.exec(`SELECT key FROM due WHERE kind = 'grace'`).toArray(),
      )
      expect(graces).toEqual([{ key: 'jonas' }])
    })
    await evictDurableObject(room.stub)
    expect(await room.stub.presence('mira')).toMatchObject({ value: { count: 2 } })
    pass(60_000)
    await runDurableObjectAlarm(room.stub)
    await mira.until(
      ({ type, userId, state }) => type === 'presence.changed' && userId === 'jonas' && state === 'offline',
    )
    expect(await room.stub.presence('mira')).toMatchObject({ value: { count: 1, members: [{ userId: 'mira' }] } })
  })

  test('L6 heartbeats are answered without the object', async () => {
    const room = await Room.of('mira')
    const mira = await room.connect('mira')
    await evictDurableObject(room.stub)
    mira.send('ping')
    await mira.waitFor(() => mira.pongs[0])
  })
})

describe('ends', () => {
  test('L25 a kick closes within the call with 4403, and others hear of it', async () => {
    const room = await Room.of('mira', 'jonas')
    const mira = await room.connect('mira')
    const jonas = [await room.connect('jonas'), await room.connect('jonas')]
    await room.change('jonas', { state: 'removed' })
    for (const link of jonas) {
      expect(await link.closed()).toBe(4403)
      expect(link.events.at(-1)).toEqual({ type: 'closing', code: 4403, reconnect: false })
    }
    await mira.until(({ type, userId }) => type === 'member.left' && userId === 'jonas')
    expect(await room.stub.presence('mira')).toMatchObject({ value: { count: 1 } })
  })

  test('L5 a dropped session closes its own sockets with 4401 and no other', async () => {
    const room = await Room.of('mira')
    const phone = await room.connect('mira', { sessionId: 'phone' })
    const laptop = await room.connect('mira', { sessionId: 'laptop' })
    await evictDurableObject(room.stub)
    await room.stub.dropSession('phone')
    expect(await phone.closed()).toBe(4401)
    await laptop.say('still here')
  })

  test('L20 the sixth socket of a person closes the oldest with 4409', async () => {
    const room = await Room.of('mira')
    const links = []
    for (let n = 0; n < 6; n++) {
      links.push(await room.connect('mira'))
      pass(1)
    }
    expect(await links[0]!.closed()).toBe(4409)
    await links[1]!.say('the others stay')
  })

  test('L16 a sweep ends who has not pinged for 70 s, and spares who has', async () => {
    const room = await Room.of('mira', 'jonas')
    vi.setSystemTime(realNow() - 80_000)
    const silent = await room.connect('mira')
    const alive = await room.connect('jonas')
    alive.send('ping')
    await alive.waitFor(() => alive.pongs[0])
    vi.setSystemTime(realNow())
    await runDurableObjectAlarm(room.stub)
    expect(await silent.closed()).toBe(1001)
    await alive.until(
      ({ type, userId, state }) => type === 'presence.changed' && userId === 'mira' && state === 'offline',
    )
    expect(alive.closeCode).toBeNull()
  })

  test('L16 a room that fell silent sweeps again once somebody comes', async () => {
    const room = await Room.of('mira')
    for (let visit = 0; visit < 2; visit++) {
      const mira = await room.connect('mira')
      pass(131_000)
      expect(await runDurableObjectAlarm(room.stub)).toBe(true)
      expect(await mira.closed()).toBe(1001)
      // The check of access is still planned; after it nothing is.
      pass(15 * 60_000)
      await runDurableObjectAlarm(room.stub)
      expect(await runDurableObjectAlarm(room.stub)).toBe(false)
    }
  })

  test('L30 deleting closes with 4404, and after 30 days nothing is stored', async () => {
    const room = await Room.of('mira')
    const mira = await room.connect('mira')
    await mira.say('words')
    await room.stub.apply({ channel: room.channel({ rev: 2, deletedAt: Date.now() }), members: [] })
    expect(await mira.closed()).toBe(4404)
    const count = () =>
      runInDurableObject(room.stub, (_, { storage }) =>
        storage.sql.exec(`SELECT count(*) AS n FROM sqlite_master WHERE name = 'messages'`).one(),
      )
    pass(29 * day)
    await runDurableObjectAlarm(room.stub)
    expect(await count()).toEqual({ n: 1 })
    pass(day)
    await runDurableObjectAlarm(room.stub)
    expect(await count()).toEqual({ n: 0 })
    expect(await room.stub.listMessages('mira', { limit: 1 })).toMatchObject({ code: 'channel.membership_required' })
  })

  test('the text of a tombstone is purged after 30 days', async () => {
    const room = await Room.of('mira')
    const mira = await room.connect('mira')
    const { id } = await mira.say('secret')
    mira.send({ type: 'message.delete', nonce: 'd', messageId: id })
    await mira.until(({ nonce }) => nonce === 'd')
    const text = () =>
      runInDurableObject(room.stub, (_, { storage }) => storage.sql.exec('SELECT text FROM messages').one().text)
    expect(await text()).toBe('secret')
    pass(30 * day)
    await runDurableObjectAlarm(room.stub)
    expect(await text()).toBe('')
  })
})

describe('falling behind', () => {
  test('L13 further back than 2,000 events is told to resync, and the socket stays', async () => {
    const room = await Room.of('mira')
    await flood(room, 'mira', 2010)
    const link = await room.connect('mira', { since: 5 })
    expect(link.types()).toEqual(['ready', 'resync'])
    await link.say('still here')
    const near = await room.connect('mira', { since: 12 })
    expect(seqs(near)).toEqual(Array.from({ length: 2000 }, (_, n) => n + 13))
  })

  test('L13 500 missed events come in one round trip and few frames', async () => {
    const room = await Room.of('mira')
    await flood(room, 'mira', 500, (n) => `${n} ${'x'.repeat(115)}`)
    const link = await room.connect('mira', { since: 1 })
    expect(seqs(link)).toHaveLength(500)
    expect(link.frames.length).toBeLessThanOrEqual(5)
    console.log(`500 missed events: ${link.frames.length} frames`)
  })

  test('L22 a long replay is paced; what happens meanwhile comes after it, once and in order', async () => {
    const room = await Room.of('mira', 'jonas')
    await flood(room, 'mira', 300, (n) => `${n} ${'漢'.repeat(3900)}`)
    const resuming = room.connect('mira', { since: 2 })
    for (let n = 0; n < 30; n++) {
      await room.stub.command('jonas', { type: 'message.send', text: 'meanwhile' }, `m${n}`)
      // Lets the next part of the replay come in between.
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const mira = await resuming
    await mira.until(({ seq, type }) => type === 'message.created' && seq === 332)
    expect(mira.frames.length).toBeGreaterThan(2)
    expect(seqs(mira)).toEqual(Array.from({ length: 330 }, (_, n) => n + 3))
  })

  test('L22 a socket whose replay was cut off by sleep is closed, so that it resumes', async () => {
    const room = await Room.of('mira')
    const link = await room.connect('mira')
    await runInDurableObject(room.stub, (_, state) => {
      const [socket] = state.getWebSockets()
      socket?.serializeAttachment({ ...socket.deserializeAttachment(), resuming: true })
    })
    await evictDurableObject(room.stub)
    await room.stub.ping()
    expect(await link.closed()).toBe(1013)
  })

  test('L22 who owes too much for 5 s is closed with 1013; who says what it has seen stays', async () => {
    const room = await Room.of('mira', 'jonas')
    const lagging = await room.connect('mira')
    const awake = await room.connect('jonas')
    const sayMuch = () => flood(room, 'jonas', 90, (n) => `${n} ${'漢'.repeat(3900)}`)
    await sayMuch()
    await awake.waitFor(() => (awake.events.length > 90 ? true : undefined))
    awake.send({ type: 'seen', n: awake.events.length })
    await awake.say('here')
    await flood(room, 'jonas', 1)
    pass(5001)
    await flood(room, 'jonas', 1)
    expect(await lagging.closed()).toBe(1013)
    expect(lagging.events.at(-1)).toEqual({ type: 'closing', code: 1013, reconnect: true })
    await awake.say('still here')
  })
})

describe('finding again', () => {
  test('a search finds what was just said, and the alarm indexes what nobody searched for', async () => {
    const room = await Room.of('mira')
    const mira = await room.connect('mira')
    await mira.say('Linear algebra, chapter 3')
    const found = await room.stub.searchMessages('mira', { q: 'algebra ch', limit: 10 })
    expect(found).toMatchObject({ ok: true, value: { messages: [{ text: 'Linear algebra, chapter 3' }], more: false } })
    expect(await room.stub.searchMessages('jonas', { q: 'algebra', limit: 10 })).toMatchObject({ ok: false })
    await mira.say('Topology')
    pass(5000)
    await runDurableObjectAlarm(room.stub)
    pass(10 * 60_000)
    mira.socket.send('ping')
    await runDurableObjectAlarm(room.stub)
    const rows = await runInDurableObject(room.stub, (_, { storage }) => [
      ...storage.sql.exec(`SELECT rowid FROM message_search WHERE message_search MATCH 'topology'`),
    ])
    expect(rows).toHaveLength(1)
  })

  test('what people say they are doing outlives sleep and ends with their sockets', async () => {
    const room = await Room.of('mira', 'jonas', 'wen')
    const [mira, wen] = [await room.connect('mira'), await room.connect('wen')]
    mira.send({ type: 'status.set', state: 'studying', text: 'Topology' })
    wen.send({ type: 'status.set', state: 'invisible' })
    await mira.until(
      ({ type, userId, state }) => type === 'presence.changed' && userId === 'wen' && state === 'offline',
    )
    await evictDurableObject(room.stub)
    const jonas = await room.connect('jonas')
    expect(jonas.events[0]!.present).toMatchObject({
      count: 2,
      members: [{ user: { id: 'mira' }, state: 'studying', text: 'Topology' }, { user: { id: 'jonas' } }],
    })
    const stored = await runInDurableObject(room.stub, (_, { storage }) =>
      ['due', 'members', 'events'].flatMap((table) => [...storage.sql.exec(`SELECT * FROM ${table}`)]),
    )
    expect(JSON.stringify(stored)).not.toMatch(/Topology|studying|invisible/)
  })

  test('L15a the ticket brings whom the person has blocked, and later changes are told to them alone', async () => {
    const room = await Room.of('mira', 'jonas')
    const visitor = { userId: 'mira', sessionId: 's', sessionEndsAt: Date.now() + 1e9, transport: 'bearer' } as const
    const issued = await room.stub.issueTicket({ ...visitor, blockedIds: ['jonas'] }, room.channel(), member('mira'))
    if (!issued.ok) throw new Error(issued.code)
    const [jonas, mira] = [await room.connect('jonas'), await room.openWith(issued.value.ticket)]
    expect((await mira.until(({ type }) => type === 'ready')).blockedIds).toEqual(['jonas'])
    await room.stub.setBlocks('mira', [])
    expect((await mira.until(({ type }) => type === 'blocks.changed')).blockedIds).toEqual([])
    await jonas.say('done')
    expect(jonas.types()).not.toContain('blocks.changed')
  })

  test('a plain message writes three rows, and its search comes later', async () => {
    const room = await Room.of('mira')
    await flood(room, 'mira', 1)
    const rows = await runInDurableObject(room.stub, async (object, { storage }) => {
      const prototype = Object.getPrototypeOf(storage.sql) as SqlStorage
      const exec = prototype.exec
      const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
      prototype.exec = function (this: SqlStorage, ...args: Parameters<typeof exec>) {
        const cursor = exec.apply(this, args)
        cursors.push(cursor)
        return cursor
      } as typeof exec
      await object.command('mira', { type: 'message.send', text: 'plain' }, newId('request'))
      prototype.exec = exec
      return cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)
    })
    expect(rows).toBe(3)
  })
})
