import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { onCron } from '../../src/app/cron'
import { sweepEndedChannels } from '../../src/app/ended-channels'
import { makeCtx } from '../../src/app/request-context'
import { sweepCompletedTodos } from '../../src/todos/jobs'
import { day, plan } from '../meetups/support'
import { makeTestCtx } from '../support/ctx'
import { countingEnv, type Person, signUp } from '../support/people'
import { makeRoom, makeRoomWith, stored } from '../support/rooms'
import { pdf, upload } from '../uploads/support'

const sweep = async () => sweepEndedChannels(await makeTestCtx())
const bytesUsed = (userId: string) =>
  env.DB.prepare('SELECT bytes FROM storage_use WHERE user_id = ?').bind(userId).first<number>('bytes')

/** Makes 30 days pass for deleted channels. */
const later = () =>
  env.DB.prepare('UPDATE ended_channels SET due_at = due_at - ? WHERE is_late = 1')
    .bind(30 * day)
    .run()

/** Todos written straight into a list. @param completedAt null for open ones */
const fill = (person: Person, roomId: string | null, count: number, completedAt: number | null = null) =>
  env.DB.prepare(
    `INSERT INTO todos (id, author_id, room_id, list_id, text, position, completed_at, change_id, created_at, updated_at)
     SELECT 'todo_' || hex(randomblob(13)), ?1, ?2, coalesce(?2, ?1), 'x', 'z' || hex(randomblob(8)), ?4, 'x', 1, 1
     FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3) SELECT i FROM n)`,
  )
    .bind(person.id, roomId, count, completedAt)
    .run()

test('of a deleted room notes and materials stay with who made them, and what was to do there goes', async () => {
  const { owner, members, room } = await makeRoomWith(2)
  const [ada, gone] = members as [Person, Person]
  const note = (by: Person, fields: object) => by.call('POST', '/notes', { title: 'Eigen', body: 'values', ...fields })
  const shared = (await note(ada, { roomId: room })).body
  const open = (await note(ada, { roomId: room, visibility: 'public' })).body
  const orphan = (await note(gone, { roomId: room })).body
  const material = (await ada.call('POST', '/materials', { name: 'M', url: 'https://a.example', roomId: room })).body
  await ada.call('PUT', `/materials/${material.id}/shares/${owner.id}`, { permission: 'edit' })
  const todo = { text: 'Read', roomId: room, assigneeId: ada.id, dueOn: '2099-01-01' }
  const done = (await owner.call('POST', '/todos', todo)).body
  await owner.call('POST', `/todos/${done.id}/complete`)
  const due = (await owner.call('POST', '/todos', todo)).body
  expect(await stored('reminders WHERE subject_id = ?', due.id)).toBe(1)
  await env.DB.prepare("UPDATE users SET status = 'deleted' WHERE id = ?").bind(gone.id).run()
  expect((await owner.call('DELETE', `/rooms/${room}`)).status).toBe(204)
  await onCron(await makeTestCtx())

  const [kept, library] = [await ada.call('GET', `/notes/${shared.id}`), await ada.call('GET', `/notes/${open.id}`)]
  expect(kept.body).toMatchObject({ roomId: null, visibility: 'private', body: 'values', version: 2 })
  expect(library.body).toMatchObject({ roomId: null, visibility: 'public', version: 2 })
  const found = await ada.call('GET', '/notes?mine=true&query=eigen')
  expect(found.body.data.map(({ id }: { id: string }) => id)).toEqual([open.id, shared.id])
  expect((await owner.call('GET', `/notes/${shared.id}`)).status).toBe(404)
  expect(await stored('notes WHERE id = ?', orphan.id)).toBe(0)
  const mine = await ada.call('GET', `/materials/${material.id}`)
  expect(mine.body).toMatchObject({ roomId: null, permission: 'owner', version: 2 })
  expect(await stored('material_shares WHERE material_id = ?', material.id)).toBe(1)
  expect(await stored('todos WHERE room_id = ?', room)).toBe(0)
  expect(await stored('reminders WHERE subject_id = ?', due.id)).toBe(0)
})

test('files of its messages, and what repeats in it, go with the messages after 30 days, and give their room back', async () => {
  const { owner, members, room } = await makeRoomWith(1)
  const ada = members[0] as Person
  const file = (await upload(ada, pdf())).body
  const sent = await ada.call('POST', `/channels/${room}/messages`, { nonce: 'f', text: '', attachments: [file.id] })
  expect(sent.status).toBe(201)
  const repeat = { frequency: 'weekly', interval: 1, count: 3 }
  const meetup = await plan(owner, room, { repeat })
  await owner.call('DELETE', `/rooms/${room}`)
  await sweep()
  await sweep()
  expect([await stored('uploads WHERE id = ?', file.id), await bytesUsed(ada.id)]).toEqual([1, pdf().length])
  await later()
  await sweep()
  expect([await stored('uploads WHERE id = ?', file.id), await bytesUsed(ada.id)]).toEqual([0, 0])
  expect(await stored('meetup_series WHERE channel_id = ?', room)).toBe(0)
  expect(await stored('meetups WHERE id = ? AND series_id IS NULL', meetup.id)).toBe(1)
  expect(await stored('ended_channels WHERE channel_id = ?', room)).toBe(0)
})

test('a room that comes back keeps what is left in it', async () => {
  const { owner, room } = await makeRoomWith(0)
  await owner.call('DELETE', `/rooms/${room}`)
  await env.DB.prepare('UPDATE channels SET deleted_at = NULL WHERE id = ?').bind(room).run()
  expect(await stored('ended_channels WHERE channel_id = ?', room)).toBe(0)
})

test('a large room is cleared some rows at a time, whatever else there is, and a minute with nothing to do reads nothing', async () => {
  const owner = await signUp()
  const [full, other] = [await makeRoom(owner), await makeRoom(owner)]
  await fill(owner, full, 450)
  await fill(owner, other, 3000)
  await owner.call('DELETE', `/rooms/${full}`)
  const counting = countingEnv()
  const run = async () => {
    Object.assign(counting.counts, { rowsRead: 0, rowsWritten: 0 })
    await sweepEndedChannels(await makeCtx(counting.env, { kind: 'cron' }, { later: () => {} }))
    return { ...counting.counts, left: await stored('todos WHERE room_id = ?', full) }
  }
  for (const left of [250, 50, 0]) {
    const { left: found, rowsRead, rowsWritten } = await run()
    expect(found).toBe(left)
    expect(rowsRead).toBeLessThan(200 * 10)
    expect(rowsWritten).toBeLessThan(200 * 10)
  }
  expect((await run()).rowsRead).toBeLessThan(5)
  expect(await stored('todos WHERE room_id = ?', other)).toBe(3000)
})

test('what was done a year ago is forgotten, some of it at a time, and nothing else', async () => {
  const ada = await signUp()
  const now = Date.now()
  await fill(ada, null, 600, now - 366 * day)
  await fill(ada, null, 3, now - 364 * day)
  await fill(ada, null, 3)
  const counting = countingEnv()
  const run = async () => {
    Object.assign(counting.counts, { rowsRead: 0 })
    await sweepCompletedTodos(await makeCtx(counting.env, { kind: 'cron' }, { later: () => {} }))
    return stored('todos WHERE author_id = ?', ada.id)
  }
  expect(await run()).toBe(106)
  expect(counting.counts.rowsRead).toBeLessThan(500 * 10)
  expect([await run(), await run()]).toEqual([6, 6])
  expect(counting.counts.rowsRead).toBeLessThan(5)
})
