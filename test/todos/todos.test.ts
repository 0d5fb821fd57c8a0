import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Heard } from '../live/links'
import { type Person, type Reply, signUp } from '../support/people'
import { interrupted, joinRoom, makeRoom, makeRoomWith, openSocket, stored, withSettings } from '../support/rooms'

const write = (by: Person, todo: object) => by.call('POST', '/todos', todo)
const texts = (reply: Reply) => reply.body.data.map(({ text }: { text: string }) => text)
const list = async (by: Person, query = '') => texts(await by.call('GET', `/todos${query}`))
const codes = (replies: Reply[]) => replies.map(({ status, body }) => (status < 300 ? status : body.code))

describe('a list of one’s own', () => {
  test('todos are listed in the order in which they were put, and others see none of them', async () => {
    const [ada, ben] = [await signUp(), await signUp()]
    const [one, two, three] = [
      await write(ada, { text: 'one' }),
      await write(ada, { text: 'two' }),
      await write(ada, { text: 'three' }),
    ]
    expect(one.status).toBe(201)
    expect(one.headers.get('Location')).toBe(`/api/v1/todos/${one.body.id}`)
    expect(one.body).toMatchObject({
      roomId: null,
      assignee: null,
      dueOn: null,
      dueAt: null,
      completedAt: null,
      version: 1,
    })
    await write(ada, { text: 'zero', position: { before: one.body.id } })
    await write(ada, { text: 'between', position: { after: one.body.id } })
    await ada.call('PATCH', `/todos/${three.body.id}`, { position: { before: two.body.id } })
    expect(await list(ada)).toEqual(['zero', 'one', 'between', 'three', 'two'])
    // A key that is taken puts behind the one that has it.
    await write(ada, { text: 'also one', position: one.body.position })
    await write(ada, { text: 'last', position: 'b00' })
    expect(await list(ada)).toEqual(['zero', 'one', 'also one', 'between', 'three', 'two'].concat('last'))
    expect(await list(ben)).toEqual([])
    const path = `/todos/${one.body.id}`
    const others = [
      await ben.call('GET', path),
      await ben.call('PATCH', path, { text: 'mine' }),
      await ben.call('POST', `${path}/complete`),
      await ben.call('POST', `${path}/reopen`),
      await ben.call('DELETE', path),
      await ben.call('GET', '/todos/todo_01h455vb4pex5vsknk084sn02q'),
    ]
    expect(codes(others)).toEqual(Array(6).fill('todo.not_found'))
    const { requestId: a, ...absent } = others[5]?.body ?? {}
    const { requestId: b, ...hidden } = others[0]?.body ?? {}
    expect([a === b, hidden]).toEqual([false, absent])
  })

  test('pages of a list follow each other, open and completed', async () => {
    const ada = await signUp()
    for (let at = 0; at < 7; at += 1) {
      const { body } = await write(ada, { text: `${at}` })
      if (at < 3) await ada.call('POST', `/todos/${body.id}/complete`)
    }
    for (const [query, expected] of [
      ['state=open', ['3', '4', '5', '6']],
      ['state=completed', ['2', '1', '0']],
    ] as const) {
      const first = await ada.call('GET', `/todos?${query}&limit=2`)
      const second = await ada.call(
        'GET',
        `/todos?${query}&limit=2&cursor=${encodeURIComponent(first.body.nextCursor)}`,
      )
      expect([...texts(first), ...texts(second)]).toEqual(expected)
      expect(second.body.nextCursor).toBeNull()
    }
  })

  test('what cannot be written is refused, and leaves nothing', async () => {
    const ada = await signUp()
    const gone = 'todo_01h455vb4pex5vsknk084sn02q'
    const replies = await Promise.all(
      [
        { text: '' },
        { text: 'x'.repeat(501) },
        { text: 'x', dueOn: '2026-02-30' },
        { text: 'x', dueOn: '2026-03-01', dueAt: '2026-03-01T10:00:00Z' },
        { text: 'x', assigneeId: ada.id },
        { text: 'x', repeat: { frequency: 'daily', weekdays: [1] } },
        { text: 'x', repeat: { frequency: 'yearly' } },
        { text: 'x', position: 'no key' },
        { text: 'x', position: { before: gone, after: gone } },
        { text: 'x', position: { after: gone } },
        { text: 'x', colour: 'red' },
      ].map((todo) => write(ada, todo)),
    )
    const invalid = Array(9).fill('request.invalid')
    expect(codes(replies)).toEqual([...invalid, 'todo.neighbour_not_found', 'request.invalid'])
    expect(await stored('todos WHERE author_id = ?', ada.id)).toBe(0)
  })

  test('a due date is a day or a time, and naming the one takes away the other', async () => {
    const ada = await signUp()
    const { body } = await write(ada, { text: 'x', dueOn: '2026-05-01' })
    const path = `/todos/${body.id}`
    const timed = await ada.call('PATCH', path, { dueAt: '2026-05-01T18:00:00+02:00' })
    expect(timed.body).toMatchObject({ dueOn: null, dueAt: '2026-05-01T16:00:00.000Z', version: 2 })
    const repeated = await ada.call('PATCH', path, { repeat: { frequency: 'daily' } })
    expect(repeated.body.repeat).toEqual({ frequency: 'daily', interval: 1, weekdays: [], from: 'due' })
    expect(codes([await ada.call('PATCH', path, { dueAt: null })])).toEqual(['request.invalid'])
    expect((await ada.call('PATCH', path, { dueAt: null, repeat: null })).body).toMatchObject({
      dueAt: null,
      repeat: null,
    })
  })

  test('If-Match guards an edit and a deletion, and says how the todo is now', async () => {
    const ada = await signUp()
    const { body, headers } = await write(ada, { text: 'old' })
    const path = `/todos/${body.id}`
    const match = { 'If-Match': headers.get('ETag') ?? '' }
    expect((await ada.call('PATCH', path, { text: 'new' }, match)).status).toBe(200)
    const late = await ada.call('PATCH', path, { text: 'late' }, match)
    expect([late.status, late.body.code]).toEqual([412, 'todo.version_conflict'])
    expect(late.body).toMatchObject({ version: 2, current: { text: 'new' } })
    expect((await ada.call('DELETE', path, undefined, match)).status).toBe(412)
    expect((await ada.call('DELETE', path)).status).toBe(204)
    expect((await ada.call('GET', path)).status).toBe(404)
  })

  test('a list has as many open todos as its limit, whatever comes at once', async () => {
    const ada = await signUp()
    const call = withSettings({ TODOS_PER_LIST: '3' })
    const replies = await Promise.all(Array.from({ length: 8 }, () => call(ada, 'POST', '/todos', { text: 'x' })))
    const counts = Map.groupBy(codes(replies), (code) => code)
    expect([counts.get(201)?.length, counts.get('todo.too_many')?.length]).toEqual([3, 5])
    const [id] = (await ada.call('GET', '/todos')).body.data.map((todo: { id: string }) => todo.id)
    await call(ada, 'POST', `/todos/${id}/complete`)
    await call(ada, 'POST', '/todos', { text: 'x' })
    expect((await call(ada, 'POST', `/todos/${id}/reopen`)).body.code).toBe('todo.too_many')
    expect(await stored('todos WHERE author_id = ? AND completed_at IS NULL', ada.id)).toBe(3)
  })

  test('todos put in the same place at once all get one of their own', async () => {
    const ada = await signUp()
    const { body: first } = await write(ada, { text: 'first' })
    await write(ada, { text: 'last' })
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, at) => write(ada, { text: `${at}`, position: { after: first.id } })),
    )
    expect(replies.every(({ status }) => status === 201)).toBe(true)
    const { body } = await ada.call('GET', '/todos')
    const positions = body.data.map(({ position }: { position: string }) => position)
    expect(new Set(positions).size).toBe(8)
    expect(texts({ ...replies[0], body } as Reply).at(-1)).toBe('last')
  })
})

describe('completing', () => {
  const daily = { text: 'cards', dueOn: '2026-01-05', repeat: { frequency: 'daily' } }
  const successors = (id: string) => stored('todos WHERE previous_id = ?', id)

  test('completing twice and reopening twice are the same as once', async () => {
    const ada = await signUp()
    const { body } = await write(ada, { text: 'x' })
    const path = `/todos/${body.id}`
    const [one, two] = [await ada.call('POST', `${path}/complete`), await ada.call('POST', `${path}/complete`)]
    expect(one.body).toMatchObject({ completedBy: ada.id, next: null, version: 2 })
    expect(two.body).toEqual(one.body)
    expect(await list(ada)).toEqual([])
    expect(await list(ada, '?state=completed')).toEqual(['x'])
    const back = await ada.call('POST', `${path}/reopen`)
    expect(back.body).toMatchObject({ completedAt: null, completedBy: null, position: body.position, version: 3 })
    expect((await ada.call('POST', `${path}/reopen`)).body).toEqual(back.body)
    expect(await list(ada)).toEqual(['x'])
  })

  test('a todo that repeats makes exactly one next one, however many complete it at once', async () => {
    const { owner, members, room } = await makeRoomWith(3)
    for (let at = 0; at < 4; at += 1) {
      const { body } = await write(owner, { ...daily, roomId: room })
      const people = [owner, ...members]
      const replies = await Promise.all(people.map((person) => person.call('POST', `/todos/${body.id}/complete`)))
      expect(replies.map(({ status }) => status)).toEqual(people.map(() => 200))
      expect(replies.filter((reply) => reply.body.next !== null)).toHaveLength(1)
      expect(await successors(body.id)).toBe(1)
      expect(await stored('todos WHERE id = ? AND version = 2 AND completed_at IS NOT NULL', body.id)).toBe(1)
    }
  })

  test('a completion that was decided before another one was written makes no second next one', async () => {
    const ada = await signUp()
    const { body } = await write(ada, daily)
    const path = `/todos/${body.id}`
    const call = interrupted(/^\s*UPDATE todos/, () => ada.call('POST', `${path}/complete`))
    const reply = await call(ada, 'POST', `${path}/complete`)
    expect([reply.status, reply.body.version, reply.body.next]).toEqual([200, 2, null])
    expect(await successors(body.id)).toBe(1)
  })

  test('the next one stands in the same place, and is due after today', async () => {
    const ada = await signUp({ timezone: 'Pacific/Auckland' })
    await write(ada, { text: 'before' })
    const { body } = await write(ada, daily)
    await write(ada, { text: 'behind' })
    const { body: done } = await ada.call('POST', `/todos/${body.id}/complete`)
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Auckland' }).format(Date.now())
    const tomorrow = new Date(Date.parse(today) + 24 * 60 * 60_000).toISOString().slice(0, 10)
    expect(done.next).toMatchObject({ text: 'cards', position: body.position, dueOn: tomorrow, version: 1 })
    expect(await list(ada)).toEqual(['before', 'cards', 'behind'])
  })

  test('reopening takes the next one back, and completing again makes it anew', async () => {
    const ada = await signUp()
    const { body } = await write(ada, daily)
    const { body: done } = await ada.call('POST', `/todos/${body.id}/complete`)
    const { body: open } = await ada.call('POST', `/todos/${body.id}/reopen`)
    expect(open).toMatchObject({ id: body.id, position: body.position, dueOn: '2026-01-05' })
    expect((await ada.call('GET', `/todos/${done.next.id}`)).status).toBe(404)
    const { body: again } = await ada.call('POST', `/todos/${body.id}/complete`)
    expect(again.next.id).not.toBe(done.next.id)
    expect(await successors(body.id)).toBe(1)
  })

  test('a next one that somebody has touched stays, beside the one that is reopened, and none is made again', async () => {
    const ada = await signUp()
    const { body } = await write(ada, daily)
    const { body: done } = await ada.call('POST', `/todos/${body.id}/complete`)
    await ada.call('PATCH', `/todos/${done.next.id}`, { text: 'more cards' })
    await ada.call('POST', `/todos/${body.id}/reopen`)
    expect(await list(ada)).toEqual(['more cards', 'cards'])
    const { body: again } = await ada.call('POST', `/todos/${body.id}/complete`)
    expect(again.next).toBeNull()
    expect(await successors(body.id)).toBe(1)
  })

  test('complete, reopen, edit and delete at once end in one outcome', async () => {
    const ada = await signUp()
    for (let at = 0; at < 5; at += 1) {
      const { body } = await write(ada, daily)
      const path = `/todos/${body.id}`
      const replies = await Promise.all([
        ada.call('POST', `${path}/complete`),
        ada.call('POST', `${path}/reopen`),
        ada.call('PATCH', path, { text: 'changed' }),
        ada.call('POST', `${path}/complete`),
        ...(at % 2 === 0 ? [ada.call('DELETE', path)] : []),
      ])
      expect(replies.every(({ status }) => status < 500)).toBe(true)
      expect(await successors(body.id)).toBeLessThanOrEqual(1)
    }
  })
})

describe('in a room', () => {
  let owner: Person
  let member: Person
  let stranger: Person
  let room: string

  beforeAll(async () => {
    const made = await makeRoomWith(1)
    owner = made.owner
    member = made.members[0] as Person
    stranger = await signUp()
    room = made.room
  })

  test('members share the list: they write, edit, complete and move, and only author and moderators delete', async () => {
    const { body } = await write(owner, { text: 'read chapter 2', roomId: room, assigneeId: member.id })
    expect(body).toMatchObject({ roomId: room, createdBy: owner.id, assignee: { id: member.id, name: member.name } })
    const path = `/todos/${body.id}`
    expect((await member.call('PATCH', path, { text: 'read chapter 3' })).body.text).toBe('read chapter 3')
    expect(codes([await member.call('DELETE', path)])).toEqual(['todo.not_allowed'])
    expect(texts(await member.call('GET', `/rooms/${room}/todos`))).toContain('read chapter 3')
    expect(await list(member, '?scope=assigned')).toEqual(['read chapter 3'])
    expect((await member.call('POST', `${path}/complete`)).body.completedBy).toBe(member.id)
    const theirs = await write(member, { text: 'mine', roomId: room })
    expect((await owner.call('DELETE', `/todos/${theirs.body.id}`)).status).toBe(204)
    const rows = await env.DB.prepare(`SELECT actor_id, subject_id FROM audit_log WHERE event = 'todo.removed'`).all()
    expect(rows.results).toEqual([{ actor_id: owner.id, subject_id: member.id }])
    expect((await owner.call('DELETE', path)).status).toBe(204)
    expect(await stored("audit_log WHERE event = 'todo.removed'")).toBe(1)
  })

  test('who is no member reads and writes nothing there', async () => {
    const { body } = await write(owner, { text: 'ours', roomId: room })
    const path = `/todos/${body.id}`
    const replies = [
      await stranger.call('GET', `/rooms/${room}/todos`),
      await write(stranger, { text: 'x', roomId: room }),
      await stranger.call('GET', path),
      await stranger.call('PATCH', path, { text: 'x' }),
      await stranger.call('POST', `${path}/complete`),
      await stranger.call('DELETE', path),
    ]
    expect(codes(replies)).toEqual([
      ...Array(2).fill('channel.membership_required'),
      ...Array(4).fill('todo.not_found'),
    ])
    const hidden = await makeRoom(owner, { visibility: 'private' })
    const absent = 'room_01h455vb4pex5vsknk084sn02q'
    const unseen = [
      await stranger.call('GET', `/rooms/${hidden}/todos`),
      await write(stranger, { text: 'x', roomId: hidden }),
      await write(stranger, { text: 'x', roomId: absent }),
    ]
    expect(codes(unseen)).toEqual(Array(3).fill('room.not_found'))
    expect(await stored('todos WHERE author_id = ?', stranger.id)).toBe(0)
  })

  test('a todo is given to active members only, and taken from who leaves', async () => {
    const guest = await signUp()
    await joinRoom(guest, room)
    const give = (assigneeId: string) => write(owner, { text: 'given', roomId: room, assigneeId })
    const { body } = await give(guest.id)
    const path = `/todos/${body.id}`
    expect(codes([await give(stranger.id), await owner.call('PATCH', path, { assigneeId: stranger.id })])).toEqual(
      Array(2).fill('todo.assignee_not_member'),
    )
    expect((await guest.call('POST', `/rooms/${room}/leave`)).status).toBe(204)
    expect((await owner.call('GET', path)).body).toMatchObject({ assignee: null, version: 2 })
    expect(await list(guest, '?scope=assigned')).toEqual([])
    expect(codes([await give(guest.id), await guest.call('GET', path)])).toEqual([
      'todo.assignee_not_member',
      'todo.not_found',
    ])
  })

  test('a todo is not given to somebody who left while it was being written', async () => {
    const guest = await signUp()
    await joinRoom(guest, room)
    const leave = () => guest.call('POST', `/rooms/${room}/leave`)
    const given = { text: 'late', roomId: room, assigneeId: guest.id }
    const reply = await interrupted(/^\s*INSERT INTO todos/, leave)(owner, 'POST', '/todos', given)
    expect(codes([reply])).toEqual(['todo.assignee_not_member'])
    await joinRoom(guest, room)
    const { body } = await write(owner, { text: 'late', roomId: room })
    const call = interrupted(/^\s*UPDATE todos/, leave)
    expect(codes([await call(owner, 'PATCH', `/todos/${body.id}`, { assigneeId: guest.id })])).toEqual([
      'todo.assignee_not_member',
    ])
    expect(await stored('todos WHERE assignee_id = ?', guest.id)).toBe(0)
  })

  test('giving a todo to somebody who is leaving never leaves it with them', async () => {
    for (let at = 0; at < 6; at += 1) {
      const guest = await signUp()
      await joinRoom(guest, room)
      const tries = [
        () => write(owner, { text: 'race', roomId: room, assigneeId: guest.id }),
        () => guest.call('POST', `/rooms/${room}/leave`),
      ]
      await Promise.all((at % 2 === 0 ? tries : tries.toReversed()).map((one) => one()))
      expect(await stored('todos WHERE assignee_id = ?', guest.id)).toBe(0)
    }
  })

  test('who is in a timeout reads on, and changes nothing', async () => {
    const guest = await signUp()
    await joinRoom(guest, room)
    const { body } = await write(guest, { text: 'before', roomId: room })
    const path = `/todos/${body.id}`
    const until = new Date(Date.now() + 60_000).toISOString()
    await owner.call('PUT', `/rooms/${room}/timeouts/${guest.id}`, { until })
    const replies = [
      await write(guest, { text: 'x', roomId: room }),
      await guest.call('PATCH', path, { text: 'x' }),
      await guest.call('POST', `${path}/complete`),
      await guest.call('DELETE', path),
    ]
    expect(codes(replies)).toEqual(Array(4).fill('channel.timed_out'))
    expect((await guest.call('GET', path)).body).toMatchObject({ text: 'before', version: 1 })
  })

  test('L31 who is in the room hears of every change at once', async () => {
    const socket = await openSocket(member, room)
    await socket.until(({ type }) => type === 'ready')
    const heard = (): Heard[] => socket.events.filter(({ type }) => type === 'todo.changed')
    const { body } = await write(owner, {
      ...{ text: 'heard', roomId: room, dueOn: '2026-01-05', repeat: { frequency: 'daily' } },
    })
    const path = `/todos/${body.id}`
    await owner.call('PATCH', path, { text: 'heard twice' })
    const { body: done } = await owner.call('POST', `${path}/complete`)
    await owner.call('POST', `${path}/reopen`)
    await owner.call('DELETE', path)
    await socket.waitFor(() => (heard().length === 7 ? true : undefined))
    expect(heard()[0]).toEqual({
      ...{ type: 'todo.changed', change: 'created', todoId: body.id, userId: owner.id, todo: body },
    })
    expect(heard().map(({ change, todoId, todo }) => [change, todoId, todo?.version ?? null])).toEqual([
      ['created', body.id, 1],
      ['updated', body.id, 2],
      ['completed', body.id, 3],
      ['created', done.next.id, 1],
      ['deleted', done.next.id, null],
      ['reopened', body.id, 4],
      ['deleted', body.id, null],
    ])
    socket.socket.close()
  })

  test('the lists of a room that is deleted are gone with it', async () => {
    const gone = await makeRoom(owner)
    const { body } = await write(owner, { text: 'x', roomId: gone, assigneeId: owner.id })
    await owner.call('DELETE', `/rooms/${gone}`)
    expect(
      codes([await owner.call('GET', `/todos/${body.id}`), await owner.call('GET', `/rooms/${gone}/todos`)]),
    ).toEqual(['todo.not_found', 'room.not_found'])
    expect(await list(owner, '?scope=assigned')).not.toContain('x')
  })
})
