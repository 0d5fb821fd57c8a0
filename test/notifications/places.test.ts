import { beforeEach, describe, expect, test } from 'vitest'
import { unsubscribeLink } from '../../src/notifications/actions/unsubscribe'
import { remind } from '../../src/outbox/jobs'
import { rows } from '../support/accounts'
import { makeTestCtx } from '../support/ctx'
import { type Person, signUp } from '../support/people'
import { toldTo } from './told'

let ada: Person
let ben: Person
let cleo: Person
let dan: Person

beforeEach(async () => {
  ;[ada, ben, cleo, dan] = (await Promise.all(
    ['Ada', 'Ben', 'Cleo', 'Dan'].map((name) => signUp({ name, emailVerifiedAt: 1 })),
  )) as [Person, Person, Person, Person]
})

/** Ada's room, with Ben as its moderator; Cleo and Dan are members. Ben has read that he is. */
async function house(): Promise<string> {
  const { id } = (await ada.call('POST', '/rooms', { name: 'Algebra' })).body
  for (const one of [ben, cleo, dan]) await one.call('POST', `/rooms/${id}/join`)
  await ada.call('PATCH', `/rooms/${id}/members/${ben.id}`, { role: 'moderator' })
  await toldTo(ben, 1)
  return id
}

const say = async (by: Person, room: string) =>
  (await by.call('POST', `/channels/${room}/messages`, { nonce: crypto.randomUUID(), text: 'You fool' })).body.id
const report = async (by: Person, room: string, messageId: string) =>
  (await by.call('POST', `/channels/${room}/messages/${messageId}/report`, { reason: 'harassment' })).body.id
const typesOf = async (person: Person, count: number) => (await toldTo(person, count)).map(([type]: string[]) => type)
const listed = async (person: Person) => (await person.call('GET', '/notifications')).body.data
const eventsAbout = (id: string) =>
  rows('SELECT type, actor_id, recipients FROM outbox WHERE subject_id = ? ORDER BY id', id)

describe('of a report', () => {
  test('those hear who stand above whom it is about, not from whom; and whoever reported hears how it ended, once', async () => {
    const [room, admin] = [await house(), await signUp({ role: 'admin' })]
    const id = await report(dan, room, await say(cleo, room))
    await report(dan, room, await say(cleo, room))
    expect(await toldTo(ada, 2)).toContainEqual(['report.made', 'A message in the room Algebra was reported'])
    expect(JSON.stringify([await listed(ada), await listed(ben)])).not.toContain(dan.id)
    expect(await typesOf(ben, 3)).toEqual(['member.role_changed', 'report.made', 'report.made'])
    expect(await listed(admin)).toEqual([])
    for (const outcome of ['dismissed', 'dismissed', 'resolved'])
      await ada.call('POST', `/reports/${id}/resolve`, { outcome })
    expect(await toldTo(dan, 1)).toEqual([['report.dismissed', 'Your report was looked at']])
    expect((await listed(dan))[0].actor, 'by whom is for those who judge').toBeNull()
    // What is closed waits for nobody any more.
    await toldTo(ada, 1)
    expect(await listed(cleo)).toEqual([])
  })

  test('on a moderator only the owner hears, on the owner only admins, and never who made it', async () => {
    const [room, admin] = [await house(), await signUp({ role: 'admin' })]
    await ada.call('PATCH', `/rooms/${room}/members/${dan.id}`, { role: 'moderator' })
    const onModerator = await report(cleo, room, await say(ben, room))
    const onOwner = await report(ben, room, await say(ada, room))
    const toldOf = async (id: string) => JSON.parse(String((await eventsAbout(id))[0]?.recipients))
    expect(await toldOf(onModerator)).toEqual([ada.id])
    expect(await toldOf(onOwner)).toContain(admin.id)
    expect(await toldOf(onOwner)).not.toContain(ada.id)
    expect(await toldOf(onOwner)).not.toContain(ben.id)
    const { id: onAdmin } = (await ben.call('POST', '/reports', { userId: admin.id, reason: 'spam' })).body
    expect(await toldOf(onAdmin)).not.toContain(admin.id)
    const before = await rows('SELECT count(*) AS n FROM outbox')
    await cleo.call('POST', `/reports/${onOwner}/resolve`, { outcome: 'resolved' })
    await report(ada, room, await say(ada, room))
    await report(cleo, room, 'msg_01h455vb4pex5vsknk084sn02q')
    expect(await rows('SELECT count(*) AS n FROM outbox'), 'what is refused tells nobody').toEqual(before)
  })
})

test('who loses a message hears of it and why, not by whom; an appeal reaches those who judge, its answer who appealed', async () => {
  const room = await house()
  // A duty is heard of through a block, and so is what is done to one.
  await cleo.call('PUT', `/blocks/${ben.id}`)
  await ben.call('DELETE', `/channels/${room}/messages/${await say(cleo, room)}`, { reason: 'Insults' })
  expect(await toldTo(cleo, 1)).toEqual([['message.removed', 'A message of yours in the room Algebra was removed']])
  const [told] = await listed(cleo)
  expect(told).toMatchObject({ text: 'The reason given: Insults', actor: null, subject: { channelId: room } })
  const action = (await cleo.call('GET', `/moderation/${told.subject.id}`)).body
  expect(action).toMatchObject({ action: 'message.removed', by: null })
  for (let twice = 0; twice < 2; twice += 1)
    await cleo.call('POST', `/moderation/${action.id}/appeal`, { text: 'It was a quote' })
  expect(await typesOf(ben, 2)).toEqual(['member.role_changed', 'appeal.made'])
  expect(await toldTo(ada, 1)).toEqual([['appeal.made', 'Somebody appeals against a decision in the room Algebra']])
  for (let twice = 0; twice < 2; twice += 1)
    await ada.call('POST', `/moderation/${action.id}/appeal/answer`, { outcome: 'denied', text: 'It was not' })
  expect(await typesOf(cleo, 2)).toEqual(['message.removed', 'appeal.denied'])
  expect((await listed(cleo))[0]).toMatchObject({ text: 'The reason given: It was not', actor: null })
  await toldTo(ada, 0)
  // By whom is hidden of a removal, too.
  await ben.call('DELETE', `/rooms/${room}/members/${cleo.id}`, { reason: 'Again' })
  await toldTo(cleo, 3)
  expect((await listed(cleo))[0]).toMatchObject({ type: 'member.removed', actor: null })
})

describe('of notes and materials', () => {
  const change = (by: Person, { id, version }: { id: string; version: number }, edit: object) =>
    by.call('PATCH', `/notes/${id}`, edit, { 'If-Match': `"${version}"` })

  test('a room hears once of a note that is new to it, on the screen only, and no longer when it is gone', async () => {
    const room = await house()
    const note = { title: 'Limits', body: 'Epsilon' }
    const first = (await ada.call('POST', '/notes', { ...note, roomId: room })).body
    const shared = [['note.shared', 'Ada shares a note with the room Algebra']]
    expect(await toldTo(cleo, 1)).toEqual(shared)
    const ways = await rows(
      `SELECT DISTINCT channel, reason FROM notification_log WHERE category = 'notes' AND state <> 'sent' ORDER BY channel`,
    )
    expect(ways).toEqual([
      { channel: 'mail', reason: 'switched_off' },
      { channel: 'push', reason: 'switched_off' },
    ])
    const second = (await ada.call('POST', '/notes', note)).body
    await change(ada, second, { roomId: room })
    expect(await listed(cleo), 'what is still private is not told of').toHaveLength(1)
    const { body } = await change(ada, { ...second, version: 2 }, { visibility: 'room' })
    await toldTo(cleo, 2)
    expect((await change(ada, body, { visibility: 'public' })).status).toBe(200)
    await ada.call('DELETE', `/notes/${first.id}`, undefined, { 'If-Match': '"1"' })
    expect(await toldTo(cleo, 1)).toEqual(shared)
    expect(await listed(ada)).toEqual([])
  })

  test('its author hears who has edited a note when a revision begins, and that it was taken out', async () => {
    const room = await house()
    const note = (await cleo.call('POST', '/notes', { title: 'Limits', body: 'Epsilon', roomId: room })).body
    const { body } = await change(dan, note, { body: 'Epsilon and delta' })
    await change(dan, body, { body: 'Epsilon, delta, and more' })
    await change(dan, body, { body: 'Refused: that was changed since' })
    expect(await toldTo(cleo, 1)).toEqual([['note.edited', 'Dan has edited a note of yours in the room Algebra']])
    await ben.call('DELETE', `/rooms/${room}/notes/${note.id}`)
    const link = { name: 'Proofs', url: 'https://example.org/proofs', roomId: room }
    const material = (await cleo.call('POST', '/materials', link)).body
    await ben.call('DELETE', `/rooms/${room}/materials/${material.id}`)
    expect(await toldTo(cleo, 2)).toEqual([
      ['note.taken_out', 'A note of yours was taken out of the room Algebra'],
      ['material.taken_out', 'A material of yours was taken out of the room Algebra'],
    ])
    expect((await listed(cleo)).map(({ actor }: { actor: unknown }) => actor)).toEqual([null, null])
  })
})

describe('of a task', () => {
  const dueAt = () => new Date(Date.now() + 3_600_000).toISOString()
  const reminded = async (id: string) =>
    (await rows('SELECT user_id FROM reminders WHERE subject_id = ?', id)).map(({ user_id: who }) => who)

  test('whoever has it hears, and whoever had it no more', async () => {
    const room = await house()
    const make = { text: 'Read chapter 3', roomId: room, dueAt: dueAt() }
    const { id } = (await ada.call('POST', '/todos', make)).body
    expect(await reminded(id), 'what nobody is given is its author’s').toEqual([ada.id])
    await ada.call('PATCH', `/todos/${id}`, { assigneeId: cleo.id })
    await toldTo(cleo, 1)
    await ada.call('PATCH', `/todos/${id}`, { assigneeId: dan.id })
    await toldTo(cleo, 0)
    await toldTo(dan, 1)
    expect(await reminded(id)).toEqual([dan.id])
    await dan.call('POST', `/todos/${id}/complete`)
    await ada.call('PATCH', `/todos/${id}`, { assigneeId: cleo.id, dueAt: dueAt() })
    expect(await reminded(id), 'what is done is nobody’s to be reminded of').toEqual([])
    expect([await listed(cleo), await listed(dan)]).toEqual([[], []])
  })

  test('who has left the room is not reminded of it', async () => {
    const room = await house()
    const make = { text: 'Read chapter 3', roomId: room, dueAt: dueAt() }
    const [stays, leaves] = await Promise.all(
      [cleo, dan].map(async ({ id }) => (await ada.call('POST', '/todos', { ...make, assigneeId: id })).body.id),
    )
    await dan.call('POST', `/rooms/${room}/leave`)
    const ctx = { ...(await makeTestCtx()), now: () => Date.now() + 7_200_000 }
    await remind(ctx)
    const due = async (id: string) =>
      (await eventsAbout(id)).filter(({ type }) => type === 'todo.due').map(({ recipients }) => recipients)
    expect(await due(stays)).toEqual([JSON.stringify([cleo.id])])
    expect(await due(leaves)).toEqual([])
    expect(await reminded(leaves)).toEqual([])
  })
})

test.each([
  [{ LOCAL_URL: 'http://localhost:8931' }, 'http://localhost:8931'],
  [{ LOCAL_URL: 'http://localhost:8931', PUBLIC_URL: 'http://127.0.0.1:9000' }, 'http://127.0.0.1:9000'],
  [{}, 'http://localhost:8787'],
])('with %o mail links to %s', async (settings, base) => {
  const { page, post, ...link } = await unsubscribeLink(await makeTestCtx(settings), ada.id, ['social'])
  expect(link.base).toBe(`${base}/`)
  for (const href of [page, post]) expect(href.startsWith(`${base}/`)).toBe(true)
})
