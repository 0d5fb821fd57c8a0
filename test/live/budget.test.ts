import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { afterEach, expect, test, vi } from 'vitest'
import type { LiveRoom } from '../../durable-objects/live-room'
import { StudyRoom } from '../../durable-objects/study-room'
import { UserInbox } from '../../durable-objects/user-inbox'
import { newId } from '../../src/shared/ids'
import { connectInbox, inboxOf } from '../inbox/links'
import { runAlarm } from '../support/alarms'
import { signUp } from '../support/people'
import { Room } from './links'

/** What a room costs, counted and not timed: a change that makes it slower turns one of these red on any machine. */

const people = Array.from({ length: 20 }, (_, n) => `u${n}`)
const words =
  'One hundred and twenty characters, which is what people write in a room when they have a little more than usual to say.'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Every statement that the object runs meanwhile. @param queries takes what they say */
async function countRows(storage: DurableObjectStorage, act: () => Promise<unknown>, queries: string[] = []) {
  const prototype = Object.getPrototypeOf(storage.sql) as SqlStorage
  const { exec } = prototype
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
  prototype.exec = function (this: SqlStorage, ...args: Parameters<typeof exec>) {
    const cursor = exec.apply(this, args)
    cursors.push(cursor)
    queries.push(args[0])
    return cursor
  } as typeof exec
  try {
    await act()
  } finally {
    prototype.exec = exec
  }
  const sum = (of: 'rowsRead' | 'rowsWritten') => cursors.reduce((total, cursor) => total + cursor[of], 0)
  return { statements: cursors.length, rowsRead: sum('rowsRead'), rowsWritten: sum('rowsWritten') }
}

/** Rows that any object writes meanwhile, those of a room's and an inbox's marks apart, and how often one sets its alarm. */
async function writesOf(act: () => Promise<unknown>) {
  const found = await runInDurableObject((await Room.of('watcher')).stub, (_, { storage }) => [
    Object.getPrototypeOf(storage.sql) as SqlStorage,
    Object.getPrototypeOf(storage) as DurableObjectStorage,
  ])
  const [sql, store] = found as [SqlStorage, DurableObjectStorage]
  const { exec } = sql
  const { setAlarm } = store
  const cursors: { query: string; cursor: SqlStorageCursor<Record<string, SqlStorageValue>> }[] = []
  let alarms = 0
  sql.exec = function (this: SqlStorage, ...args: Parameters<typeof exec>) {
    const cursor = exec.apply(this, args)
    if (!args[0].includes('__miniflare')) cursors.push({ query: args[0], cursor })
    return cursor
  } as typeof exec
  store.setAlarm = function (this: DurableObjectStorage, ...args: Parameters<typeof setAlarm>) {
    alarms += 1
    return setAlarm.apply(this, args)
  }
  try {
    await act()
  } finally {
    sql.exec = exec
    store.setAlarm = setAlarm
  }
  const rows = (of: RegExp) =>
    cursors.filter(({ query }) => of.test(query)).reduce((sum, { cursor }) => sum + cursor.rowsWritten, 0)
  const marks = [rows(/INTO marks VALUES\s+\(\?1/), rows(/INTO marks VALUES \(\?, /)]
  return { marks, rowsWritten: rows(/./), alarms }
}

test('L7 L11 a burst of forty messages to twenty sockets costs two frames a socket, three rows a message, and its bytes once', async () => {
  const room = await Room.of(...people)
  const links = await Promise.all(people.map((name) => room.connect(name)))
  const say = (object: StudyRoom, name: string) =>
    object.command(name, { type: 'message.send', text: words }, newId('request'))
  // The first message of a talk also plans what comes after it.
  await runInDurableObject(room.stub, (object: StudyRoom) => say(object, 'u0'))
  await Promise.all(links.map((link) => link.until(({ type }) => type === 'message.created')))
  const before = links.map((link) => link.frames.length)

  // The deployed runtime's clock stands still during a turn; the local one's goes on where a machine is slow.
  vi.useFakeTimers({ toFake: ['Date'] })
  const rows = await runInDurableObject(room.stub, (object: StudyRoom, { storage }) =>
    countRows(storage, () => Promise.all([...people, ...people].map((name) => say(object, name)))),
  )
  vi.useRealTimers()
  const created = (link: (typeof links)[number]) => link.events.filter(({ type }) => type === 'message.created')
  await Promise.all(links.map((link) => link.waitFor(() => (created(link).length === 41 ? true : undefined))))

  expect(rows.rowsWritten).toBe(3 * 40)
  expect(rows.rowsRead).toBeLessThanOrEqual(5 * 40)
  expect(rows.statements).toBeLessThanOrEqual(6 * 40)
  links.forEach((link, n) => {
    const frames = link.frames.slice(before[n]).filter((frame) => frame.some(({ type }) => type === 'message.created'))
    expect(frames.length).toBeLessThanOrEqual(2)
    expect(JSON.stringify(frames).length / 40).toBeLessThan(words.length + 340)
  })
})

test('L29 reading by socket costs no row until the sweep, and then one for each who has read, whatever sleep came between', async () => {
  const told = vi.spyOn(UserInbox.prototype, 'hear')
  vi.useFakeTimers({ toFake: ['Date'] })
  const room = await Room.of(...people)
  const links = await Promise.all(people.map((name) => room.connect(name)))
  const written = await writesOf(async () => {
    for (const seq of [21, 22, 23]) {
      await links[0]!.say(words)
      await Promise.all(
        links.map(async (link, n) => {
          link.send({ type: 'read', seq })
          await link.until(({ type, userId, seq: to }) => type === 'read.updated' && userId === `u${n}` && to === seq)
        }),
      )
      await evictDurableObject(room.stub)
    }
  })
  expect(written.marks).toEqual([0, 0])
  // The report has been planned since they came.
  expect(written.alarms).toBe(0)
  expect(told).not.toHaveBeenCalled()

  vi.setSystemTime(Date.now() + 60_000)
  const swept = await writesOf(() => runAlarm(room.stub))
  expect(swept.marks).toEqual([people.length, people.length])
  expect(told.mock.calls.map(([{ mark }]) => mark?.seq)).toEqual(Array.from(people, () => 23))
  expect(swept.alarms).toBeLessThanOrEqual(2)
  told.mockClear()
  vi.setSystemTime(Date.now() + 60_000)
  for (const link of links) link.send({ type: 'seen', n: 1 })
  await room.stub.ping()
  expect(await writesOf(() => runAlarm(room.stub))).toMatchObject({ marks: [0, 0], rowsWritten: 1, alarms: 1 })
  expect(told).not.toHaveBeenCalled()
})

test('what an object that slept plans for later than its alarm sets no alarm', async () => {
  const room = await Room.of('mira')
  await room.connect('mira')
  await evictDurableObject(room.stub)
  const planned = (ms: number) =>
    writesOf(() =>
      runInDurableObject(room.stub, (object) => {
        const { room: live } = object as unknown as { room: LiveRoom }
        live.perform({ do: 'wakeAt', kind: 'index', key: '', at: Date.now() + ms })
      }),
    )
  expect(await planned(1e9)).toMatchObject({ rowsWritten: 1, alarms: 0 })
  expect(await planned(100)).toMatchObject({ rowsWritten: 1, alarms: 1 })
})

test('an object that wakes up to date reads few rows, and runs no statement that could write', async () => {
  const mira = await signUp()
  await connectInbox(mira)
  const room = await Room.of('mira')
  const stubs = [room.stub, inboxOf(mira)]
  await runAlarm(room.stub)
  for (const stub of stubs) {
    await evictDurableObject(stub)
    const storage = await runInDurableObject((await Room.of('watcher')).stub, (_, state) => state.storage)
    const queries: string[] = []
    const { rowsRead } = await countRows(storage, () => stub.ping(), queries)
    expect(rowsRead).toBeLessThan(20)
    expect(queries.length).toBeGreaterThan(3)
    expect(queries.filter((query) => !/^\s*SELECT/.test(query) && !query.includes('__miniflare'))).toEqual([])
  }
})

test('L29 to tell somebody’s mark again only those messages are read that have come since', async () => {
  const room = await Room.of('mira', 'jonas')
  const counts = await runInDurableObject(room.stub, async (object: StudyRoom, { storage }) => {
    const { room: live } = object as unknown as { room: LiveRoom }
    const say = async (count: number) => {
      for (let n = 0; n < count; n++)
        await object.command('mira', { type: 'message.send', text: words }, newId('request'))
    }
    const tell = () => countRows(storage, async () => live.log.reading.tally('jonas'))
    await say(200)
    const first = await tell()
    await say(10)
    return [first, await tell(), await tell()].map(({ rowsRead }) => rowsRead)
  })
  expect(counts[0]).toBeGreaterThan(200)
  expect(counts[1]).toBeLessThan(20)
  expect(counts[2]).toBeLessThan(10)
})

test('L16 an inbox that only stays open writes nothing each minute but its alarm', async () => {
  const mira = await signUp()
  vi.useFakeTimers({ toFake: ['Date'] })
  const link = await connectInbox(mira)
  for (let minute = 0; minute < 6; minute++) {
    vi.setSystemTime(Date.now() + 60_000)
    if (minute === 4) await evictDurableObject(inboxOf(mira))
    link.send({ type: 'seen', n: 1 })
    await inboxOf(mira).ping()
    const written = await writesOf(() => runAlarm(inboxOf(mira)))
    // At first friends are told that she is online.
    if (minute > 2) expect(written).toEqual({ marks: [0, 0], rowsWritten: 0, alarms: 1 })
  }
  vi.setSystemTime(Date.now() + 71_000)
  await runAlarm(inboxOf(mira))
  expect(await link.closed()).toBe(1001)
})

test('L29 whoever goes on reading by HTTP within the minute costs one row for each mark, and nothing for what is planned already', async () => {
  const room = await Room.of(...people)
  await Promise.all(people.map((name) => room.connect(name)))
  const command = { type: 'message.send', text: words } as const
  const readAll = (object: StudyRoom, seq: number) => {
    const { room: live } = object as unknown as { room: LiveRoom }
    for (const userId of people)
      live.run({ type: 'command', userId, command: { type: 'read', seq }, nonce: null, id: '', now: Date.now() })
  }
  const { first, second } = await runInDurableObject(room.stub, async (object: StudyRoom, { storage }) => {
    await object.command('u0', command, newId('request'))
    await object.command('u0', command, newId('request'))
    const { seq } = (object as unknown as { room: LiveRoom }).room.state
    return {
      first: await countRows(storage, async () => readAll(object, seq - 1)),
      second: await countRows(storage, async () => readAll(object, seq)),
    }
  })
  expect(first.rowsWritten).toBe(2 * people.length)
  expect(second.rowsWritten).toBe(people.length)
})

test('L16 a minute of heartbeats on twenty sockets never wakes the object', async () => {
  const woken = vi.spyOn(StudyRoom.prototype, 'webSocketMessage')
  const room = await Room.of(...people)
  const links = await Promise.all(people.map((name) => room.connect(name)))
  await evictDurableObject(room.stub)
  for (const link of links) for (let beat = 0; beat < 3; beat++) link.send('ping')
  await Promise.all(links.map((link) => link.waitFor(() => link.pongs[2])))
  expect(woken).not.toHaveBeenCalled()
  links[0]?.send({ type: 'typing' })
  await vi.waitFor(() => expect(woken).toHaveBeenCalledTimes(1))
})

test('S21 twenty people who begin to study at once cost a row each and few frames a socket, and the same news again nothing', async () => {
  const room = await Room.of(...people)
  const links = await Promise.all(people.map((name) => room.connect(name)))
  const [first] = links
  await first?.until(({ type, userId }) => type === 'presence.changed' && userId === people.at(-1))
  const before = links.map((link) => link.frames.length)
  const now = Date.now()
  const study = { state: 'active' as const, since: now, startedAt: now, subject: null, task: 'Rings', until: now + 1e6 }
  const tell = () =>
    runInDurableObject(room.stub, (object: StudyRoom, { storage }) =>
      countRows(storage, () => Promise.all(people.map((userId) => object.setStudy({ userId, study, rev: now })))),
    )
  const rows = await tell()
  const shown = (link: (typeof links)[number]) => link.events.filter((event) => event.study !== undefined)
  await Promise.all(links.map((link) => link.waitFor(() => (shown(link).length === 20 ? true : undefined))))
  expect(rows).toEqual({ statements: 20, rowsRead: expect.any(Number), rowsWritten: 20 })
  links.forEach((link, n) => {
    const frames = link.frames.slice(before[n]).filter((frame) => frame.some((event) => event.study !== undefined))
    // The first goes at once; the others wait for each other, but not for one that is still being sent.
    expect(frames.length).toBeLessThanOrEqual(4)
  })
  expect(await tell()).toEqual({ statements: 0, rowsRead: 0, rowsWritten: 0 })
})
