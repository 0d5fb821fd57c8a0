import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { runAlarm } from '../support/alarms'
import { type Person, type Reply, signUp, startSession } from '../support/people'

let admin: Person
let owner: Person
let moderator: Person
let ada: Person
let ben: Person

beforeAll(async () => {
  const all = await Promise.all([signUp({ role: 'admin' }), signUp(), signUp(), signUp(), signUp()])
  ;[admin, owner, moderator, ada, ben] = all as [Person, Person, Person, Person, Person]
})

afterEach(() => void vi.useRealTimers())

/** A room with all of them but the admin; ada and ben are members. */
async function house(): Promise<string> {
  const { body } = await owner.call('POST', '/rooms', { name: 'Algebra' })
  for (const person of [moderator, ada, ben]) await person.call('POST', `/rooms/${body.id}/join`)
  await owner.call('PATCH', `/rooms/${body.id}/members/${moderator.id}`, { role: 'moderator' })
  return body.id
}

const say = async (person: Person, room: string, text: string) =>
  (await person.call('POST', `/channels/${room}/messages`, { nonce: crypto.randomUUID(), text })).body.id
const textsIn = async (person: Person, room: string) =>
  (await person.call('GET', `/channels/${room}/messages`)).body.data
    .map(({ text, deletedAt }: { text: string; deletedAt: string | null }) => (deletedAt ? '-' : text))
    .reverse()
const later = (ms: number) => new Date(Date.now() + ms).toISOString()
const mine = async (person: Person, room: string) =>
  (await person.call('GET', '/moderation')).body.data.filter(
    ({ channel }: { channel: { id: string } }) => channel.id === room,
  )
const ban = (by: Person, room: string, person: Person, body: object = {}) =>
  by.call('PUT', `/rooms/${room}/bans/${person.id}`, body)
const timeOut = (by: Person, room: string, person: Person, reason = 'Too loud') =>
  by.call('PUT', `/rooms/${room}/timeouts/${person.id}`, { until: later(3_600_000), reason })
const answer = (by: Person, id: string, outcome: string, text: string | null = null) =>
  by.call('POST', `/moderation/${id}/appeal/answer`, { outcome, text })
const appealTo = (person: Person, id: string, text = 'It was a quotation.') =>
  person.call('POST', `/moderation/${id}/appeal`, { text })
const codeOf = ({ status, body }: Reply) => (status < 300 ? status : body.code)
const count = async (sql: string, ...values: unknown[]) =>
  (
    await env.DB.prepare(`SELECT count(*) AS n FROM ${sql}`)
      .bind(...values)
      .first<{ n: number }>()
  )?.n

/** Lets the object do what is due now. */
const settle = (room: string) => runAlarm(env.STUDY_ROOM.getByName(room))

describe('what moderators do', () => {
  test('the person sees what was done and why, and not by whom; those who look after the room see all of it', async () => {
    const room = await house()
    const message = await say(ben, room, 'Buy my notes')
    await moderator.call('DELETE', `/channels/${room}/messages/${message}`, { reason: 'Advertising' })
    await settle(room)
    await timeOut(moderator, room, ben)
    await moderator.call('DELETE', `/rooms/${room}/members/${ben.id}`, { reason: 'Again' })
    await ban(owner, room, ben, { reason: 'Enough', until: later(60_000) })
    const seen = await mine(ben, room)
    expect(seen).toMatchObject([
      { action: 'member.banned', reason: 'Enough', inForce: true, until: expect.any(String), purged: false },
      { action: 'member.removed', reason: 'Again', inForce: false, until: null },
      { action: 'member.timed_out', reason: 'Too loud', inForce: true },
      { action: 'message.removed', reason: 'Advertising', messageId: message, inForce: false },
    ])
    for (const one of seen)
      expect(one).toMatchObject({ channel: { id: room, name: 'Algebra' }, by: null, appeal: null })
    const all = (await moderator.call('GET', `/rooms/${room}/moderation`)).body.data
    expect(all.map(({ by }: { by: { id: string } }) => by.id)).toEqual([
      owner.id,
      moderator.id,
      moderator.id,
      moderator.id,
    ])
    expect(codeOf(await ada.call('GET', `/rooms/${room}/moderation`))).toBe('room.not_allowed')
    const log = (await ben.call('GET', '/users/me/security-log')).body.data
    expect(log.slice(0, 4).map(({ event, reason }: { event: string; reason: string }) => [event, reason])).toEqual([
      ['member.banned', 'Enough'],
      ['member.removed', 'Again'],
      ['member.timed_out', 'Too loud'],
      ['message.removed', 'Advertising'],
    ])
  })

  test('what is lifted or replaced does not hold any more', async () => {
    const room = await house()
    await ban(owner, room, ben, { reason: 'First' })
    await ban(owner, room, ben, { reason: 'Second' })
    const holding = async () => (await mine(ben, room)).map(({ inForce }: { inForce: boolean }) => inForce)
    expect(await holding()).toEqual([true, false])
    await owner.call('DELETE', `/rooms/${room}/bans/${ben.id}`)
    expect(await holding()).toEqual([false, false])
    await timeOut(owner, room, ada)
    await owner.call('DELETE', `/rooms/${room}/timeouts/${ada.id}`)
    expect((await mine(ada, room))[0]).toMatchObject({ inForce: false })
  })

  test('a message that its author deletes is no action, and one that the database was away for is noted once', async () => {
    const room = await house()
    const own = await say(ben, room, 'Oops')
    await ben.call('DELETE', `/channels/${room}/messages/${own}`, { reason: 'Mine' })
    const message = await say(ben, room, 'Spam')
    // The object has deleted it; telling D1 is lost and repeated.
    const stub = env.STUDY_ROOM.getByName(room)
    await stub.command(moderator.id, { type: 'message.delete', messageId: message, reason: 'Spam' }, 'nonce-1')
    await stub.command(moderator.id, { type: 'message.delete', messageId: message, reason: 'Twice' }, 'nonce-2')
    const pending = () => runInDurableObject(stub, (_, { storage }) => [...storage.sql.exec('SELECT * FROM removals')])
    const [row] = await pending()
    await settle(room)
    if (row)
      await runInDurableObject(stub, (_, { storage }) => {
        storage.sql.exec('INSERT INTO removals VALUES (?, ?, ?, ?, ?, ?)', ...Object.values(row))
        storage.sql.exec("INSERT OR REPLACE INTO due VALUES ('removals', '', 0)")
        return storage.setAlarm(1)
      })
    await settle(room)
    await vi.waitFor(async () => expect(await pending()).toEqual([]), 5000)
    expect(await mine(ben, room)).toMatchObject([{ action: 'message.removed', reason: 'Spam', messageId: message }])
    expect(await count(`audit_log WHERE event = 'message.removed' AND details LIKE ?`, `%${room}%`)).toBe(1)
  })
})

describe('a ban that purges', () => {
  test('deletes what the person wrote in seven days, for everybody, and nothing older or of others', async () => {
    const room = await house()
    vi.useFakeTimers({ toFake: ['Date'] })
    await say(ben, room, 'Eight days ago')
    vi.setSystemTime(Date.now() + 8 * 86_400_000)
    // Sessions have not outlived it.
    const fresh = await Promise.all([owner, ada, ben].map((person) => startSession(person)))
    const [boss, reader, spammer] = fresh as [Person, Person, Person]
    for (const text of ['Spam', 'More spam']) await say(spammer, room, text)
    await say(reader, room, 'Please stop')
    const banned = await ban(boss, room, ben, { reason: 'Spam', purge: true })
    expect(banned.status).toBe(200)
    await settle(room)
    await vi.waitFor(async () =>
      expect(await textsIn(reader, room)).toEqual(['Eight days ago', '-', '-', 'Please stop']),
    )
    const [action] = await mine(spammer, room)
    expect(action).toMatchObject({ action: 'member.banned', purged: true })
  })

  test('reaches who has left before, and spares what is written after coming back', async () => {
    const room = await house()
    await say(ben, room, 'Hit')
    await ben.call('POST', `/rooms/${room}/leave`)
    await ban(owner, room, ben, { purge: true })
    await settle(room)
    await vi.waitFor(async () => expect(await textsIn(ada, room)).toEqual(['-']))
    await owner.call('DELETE', `/rooms/${room}/bans/${ben.id}`)
    await ben.call('POST', `/rooms/${room}/join`)
    await say(ben, room, 'Sorry')
    await owner.call('PATCH', `/rooms/${room}/members/${ben.id}`, { role: 'moderator' })
    await settle(room)
    expect(await textsIn(ada, room)).toEqual(['-', 'Sorry'])
  })

  test('without it what was said stays', async () => {
    const room = await house()
    await say(ben, room, 'Stays')
    await ban(owner, room, ben)
    await settle(room)
    expect(await textsIn(ada, room)).toEqual(['Stays'])
  })
})

describe('an appeal', () => {
  test('against a ban is read and granted by those who look after the room, and lets the person come back', async () => {
    const room = await house()
    await ban(moderator, room, ben, { reason: 'Spam' })
    const [{ id }] = await mine(ben, room)
    const made = await appealTo(ben, id)
    expect(made).toMatchObject({ status: 201, body: { id, appeal: { state: 'open', text: 'It was a quotation.' } } })
    expect(made.headers.get('Location')).toBe(`/api/v1/moderation/${id}`)
    expect([codeOf(await appealTo(ben, id)), codeOf(await appealTo(ben, id, 'Also'))]).toEqual([
      200,
      'moderation.appealed_before',
    ])
    const open = async (person: Person) =>
      (await person.call('GET', '/moderation/appeals')).body.data.map((one: { id: string }) => one.id)
    for (const person of [owner, moderator, admin]) expect(await open(person)).toContain(id)
    expect(await open(ada)).toEqual([])
    const granted = await answer(owner, id, 'granted', 'You were right.')
    expect(granted.body).toMatchObject({ inForce: false, appeal: { state: 'granted', answer: 'You were right.' } })
    expect((await ben.call('GET', `/moderation/${id}`)).body).toMatchObject({
      by: null,
      appeal: { answer: 'You were right.' },
    })
    expect(codeOf(await answer(owner, id, 'granted', 'You were right.'))).toBe(200)
    const late = await answer(moderator, id, 'denied')
    expect(late.body).toMatchObject({ code: 'moderation.answered_before', state: 'granted' })
    expect((await ben.call('POST', `/rooms/${room}/join`)).status).toBe(201)
    expect(await count(`audit_log WHERE event LIKE 'appeal.%' AND details LIKE ?`, `%${id}%`)).toBe(2)
    expect(await open(owner)).not.toContain(id)
  })

  test('against a timeout lets the person write again at once', async () => {
    const room = await house()
    await timeOut(moderator, room, ben)
    const [{ id }] = await mine(ben, room)
    await appealTo(ben, id)
    expect((await ben.call('POST', `/channels/${room}/messages`, { nonce: 'a', text: 'x' })).body.code).toBe(
      'channel.timed_out',
    )
    await answer(owner, id, 'granted')
    expect((await ben.call('POST', `/channels/${room}/messages`, { nonce: 'b', text: 'x' })).status).toBe(201)
  })

  test('that is denied changes nothing but its answer', async () => {
    const room = await house()
    await ban(owner, room, ben)
    const [{ id }] = await mine(ben, room)
    await appealTo(ben, id)
    expect((await answer(owner, id, 'denied', 'No.')).body).toMatchObject({
      inForce: true,
      appeal: { state: 'denied' },
    })
    expect((await ben.call('POST', `/rooms/${room}/join`)).body.code).toBe('room.banned')
  })

  test('granted after the ban was replaced does not lift the new one', async () => {
    const room = await house()
    await ban(owner, room, ben, { reason: 'First' })
    const [{ id }] = await mine(ben, room)
    await appealTo(ben, id)
    await ban(owner, room, ben, { reason: 'Second' })
    await answer(owner, id, 'granted')
    expect((await ben.call('POST', `/rooms/${room}/join`)).body).toMatchObject({
      code: 'room.banned',
      reason: 'Second',
    })
  })

  test('is for the person alone, and nobody judges in their own case or above their rank', async () => {
    const room = await house()
    await timeOut(owner, room, moderator)
    await timeOut(owner, room, ben)
    const [[ofModerator], [ofBen]] = [await mine(moderator, room), await mine(ben, room)]
    expect(codeOf(await appealTo(ada, ofBen.id))).toBe('moderation.not_found')
    expect(codeOf(await appealTo(moderator, ofBen.id))).toBe('moderation.not_found')
    expect(codeOf(await answer(owner, ofBen.id, 'granted'))).toBe('moderation.no_appeal')
    await appealTo(moderator, ofModerator.id)
    expect(codeOf(await answer(moderator, ofModerator.id, 'granted'))).toBe('moderation.not_yours_to_judge')
    expect(codeOf(await answer(ben, ofModerator.id, 'granted'))).toBe('moderation.not_found')
    expect(codeOf(await answer(admin, ofModerator.id, 'granted'))).toBe(200)
    const hidden = await ada.call('GET', `/moderation/${ofBen.id}`)
    const absent = await ada.call('GET', '/moderation/mod_01h455vb4pex5vsknk084sn02q')
    expect({ ...hidden.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' })
  })
})
