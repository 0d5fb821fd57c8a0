import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { onCron } from '../../src/app/cron'
import { makeCtx } from '../../src/app/request-context'
import { eraseRows } from '../../src/privacy/store'
import { goodPassword, logIn, register, rows } from '../support/accounts'
import { call, countingEnv, type Person, requestOf, signUp, startSession } from '../support/people'

const day = 24 * 60 * 60_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** What runs every minute. */
async function cron() {
  const later: Promise<unknown>[] = []
  await onCron(await makeCtx(env, { kind: 'cron' }, { later: (work) => void later.push(work) }))
  await Promise.all(later)
}

interface Registered {
  id: string
  email: string
  username: string
  call: (method: string, path: string, body?: unknown) => ReturnType<typeof call>
}

/** Somebody with a real password. */
async function newcomer(overrides: Record<string, unknown> = {}, address = '203.0.113.77'): Promise<Registered> {
  const { body, input } = await register(overrides, { 'CF-Connecting-IP': address })
  return as(body, String(input.email))
}

function as(body: { user: { id: string; username: string }; accessToken: string }, email: string): Registered {
  const bearer = { Authorization: `Bearer ${body.accessToken}` }
  return { ...body.user, email, call: (method, path, input) => call(method, path, input, bearer) }
}

const signInAgain = async (who: Registered) => as((await logIn(who.email, goodPassword)).body, who.email)

const say = async (who: Pick<Person, 'call'>, room: string, text: string) =>
  (await who.call('POST', `/channels/${room}/messages`, { nonce: crypto.randomUUID(), text })).body

const textsOf = async (who: Pick<Person, 'call'>, room: string) =>
  (await who.call('GET', `/channels/${room}/messages`)).body.data
    .map(({ text, sender, deletedAt }: { text: string; sender: { name: string }; deletedAt: string | null }) =>
      deletedAt ? 'deleted' : `${sender.name}: ${text}`,
    )
    .reverse()

/** The same person after the clock has moved past their session. */
const again = (person: Person) => startSession(person)

/** Everything that a room's object stores, as text. */
const storedIn = (room: string) =>
  runInDurableObject(env.STUDY_ROOM.getByName(room), (_, { storage }) => {
    const names = [...storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf_%'")]
    return JSON.stringify(names.map(({ name }) => [...storage.sql.exec(`SELECT * FROM ${name}`)]))
  })

/** A download, as a browser follows the link. */
const download = async (url: string) => call('GET', url.replace('/api/v1', ''))

async function readyExport(who: Registered) {
  await vi.waitFor(async () => expect((await who.call('GET', '/users/me/export')).body.state).toBe('ready'), 5000)
  return (await who.call('GET', '/users/me/export')).body
}

test('a copy holds what is stored about me, and nothing of others', async () => {
  const [ada, bob] = [await newcomer({ institution: 'Analytical Engine School' }), await signUp()]
  const [subject] = await rows('SELECT id FROM subjects LIMIT 1')
  await ada.call('PUT', `/users/me/subjects/${subject?.id}`)
  const room = (await ada.call('POST', '/rooms', { name: 'Engines' })).body.id
  await bob.call('POST', `/rooms/${room}/join`)
  const first = await say(ada, room, 'Hullo from Ada')
  await ada.call('PATCH', `/channels/${room}/messages/${first.id}`, { text: 'Hello from Ada' })
  const gone = await say(ada, room, 'Taken back')
  await ada.call('DELETE', `/channels/${room}/messages/${gone.id}`)
  const theirs = await say(bob, room, 'Secret of Bob')
  await ada.call('PUT', `/channels/${room}/messages/${theirs.id}/reactions/${encodeURIComponent('👍')}`)
  await ada.call('PUT', `/channels/${room}/read`, { seq: theirs.seq })

  const asked = await ada.call('POST', '/users/me/export')
  expect(asked).toMatchObject({ status: 202, body: { downloadUrl: null } })
  const ready = await readyExport(ada)
  const file = await download(ready.downloadUrl)
  expect(file.status).toBe(200)
  expect(file.headers.get('Content-Disposition')).toBe('attachment; filename="studyhall-export.json"')
  expect(file.headers.get('Cache-Control')).toBe('no-store')
  expect(JSON.stringify(file.body).length).toBeGreaterThan(500)
  expect(file.body).toMatchObject({ format: 'studyhall-export-1', userId: ada.id })
  expect(file.body.tables).toMatchObject({
    users: [{ id: ada.id, email: ada.email, createdAt: expect.stringMatching(/Z$/) }],
    profiles: [{ institution: 'Analytical Engine School' }],
    user_subjects: [{ subjectId: subject?.id }],
    memberships: [{ channelId: room, role: 'owner' }],
    sessions: [{ address: '203.0.113.77' }],
    consents: [{ version: expect.any(String) }],
    audit_log: expect.arrayContaining([expect.objectContaining({ event: 'user.registered' })]),
  })
  expect(file.body.channels).toEqual([
    {
      channelId: room,
      name: 'Engines',
      messages: [expect.objectContaining({ text: 'Hello from Ada', earlierTexts: ['Hullo from Ada'] })],
      reactions: [{ messageSeq: theirs.seq, emoji: '👍' }],
      readUpTo: theirs.seq,
    },
  ])
  const text = JSON.stringify(file.body)
  for (const secret of ['Secret of Bob', bob.username, 'argon2id', 'Taken back']) expect(text).not.toContain(secret)
})

test('one copy in 24 hours, links for five minutes, files for seven days', async () => {
  const ada = await newcomer()
  const both = await Promise.all([ada.call('POST', '/users/me/export'), ada.call('POST', '/users/me/export')])
  expect(both.map(({ status }) => status).sort()).toEqual([202, 429])
  const late = both.find(({ status }) => status === 429)
  expect(late?.body.code).toBe('export.too_soon')
  expect(Number(late?.headers.get('Retry-After'))).toBeGreaterThan(86_000)

  const { downloadUrl } = await readyExport(ada)
  const [body = '', mac = ''] = downloadUrl.split('/').at(-1).split('.')
  for (const forged of [`${body}.${mac.slice(0, -2)}AA`, `${body}x.${mac}`, body, 'x.y', `${body}.${mac}.z`])
    expect(await download(`/api/v1/exports/${forged}`)).toMatchObject({
      status: 404,
      body: { code: 'export.not_found' },
    })
  pass(5 * 60_000)
  expect((await download(downloadUrl)).status).toBe(404)
  expect((await download((await readyExport(ada)).downloadUrl)).status).toBe(200)
  expect((await (await signUp()).call('GET', '/users/me/export')).status).toBe(404)

  pass(day)
  const again = await signInAgain(ada)
  expect((await again.call('POST', '/users/me/export')).status).toBe(202)
  await readyExport(again)
  const keys = await rows('SELECT file_key AS key FROM data_exports WHERE user_id = ?', ada.id)
  expect(keys).toHaveLength(2)
  pass(7 * day)
  await cron()
  expect(await rows('SELECT 1 FROM data_exports WHERE user_id = ?', ada.id)).toEqual([])
  for (const { key } of keys) expect(await env.FILES.head(String(key))).toBeNull()
})

test('a copy that was lost on the way is made by cron, and given up after five tries', async () => {
  const ada = await newcomer()
  const ask = async (id: string) =>
    env.DB.prepare(
      `INSERT INTO data_exports (id, user_id, state, file_key, requested_at, expires_at)
       VALUES (?1, ?2, 'requested', 'exports/' || ?1, ?3, ?3 + 1000000000)`,
    )
      .bind(id, ada.id, Date.now())
      .run()
  await ask('exp_lost')
  await cron()
  expect((await ada.call('GET', '/users/me/export')).body).toMatchObject({ id: 'exp_lost', state: 'ready' })
  pass(day)
  await ask('exp_broken')
  const broken = { ...env, FILES: { put: () => Promise.reject(new Error('full')) } as unknown as R2Bucket }
  for (let turn = 0; turn < 6; turn += 1) {
    await onCron(await makeCtx(broken, { kind: 'cron' }, { later: () => {} }))
    pass(5 * 60_000)
  }
  const back = await signInAgain(ada)
  expect((await back.call('GET', '/users/me/export')).body).toMatchObject({ id: 'exp_broken', state: 'failed' })
  // What failed does not use up the day.
  expect((await back.call('POST', '/users/me/export')).status).toBe(202)
})

test('an account is erased only with its password', async () => {
  const ada = await newcomer()
  for (const [body, status] of [
    [{ password: 'not this one' }, 401],
    [{}, 403],
    [{ password: goodPassword, messages: 'burn' }, 422],
    [{ password: goodPassword, now: true }, 422],
  ] as const)
    expect((await ada.call('DELETE', '/users/me', body)).status, JSON.stringify(body)).toBe(status)
  expect(await rows('SELECT 1 FROM deletions WHERE user_id = ?', ada.id)).toEqual([])
  expect((await ada.call('GET', '/users/me')).body.erasesAt).toBeNull()
})

test('who has asked to be erased is signed out and not found, and can sign in only to come back', async () => {
  const [ada, bob] = [await newcomer({ name: 'Leaving Soon' }), await signUp()]
  const room = (await ada.call('POST', '/rooms', { name: 'Stays' })).body.id
  const asked = await ada.call('DELETE', '/users/me', { password: goodPassword })
  expect(asked).toMatchObject({ status: 202, body: { messages: 'keep' } })
  expect(Date.parse(asked.body.erasesAt) - Date.now()).toBeGreaterThan(14 * day - 10_000)
  expect((await ada.call('GET', '/users/me')).status).toBe(401)
  expect((await bob.call('GET', `/users/${ada.id}`)).body.code).toBe('user.not_found')
  expect((await bob.call('GET', `/users?query=${ada.username}`)).body.data).toEqual([])

  const back = await signInAgain(ada)
  expect((await back.call('GET', '/users/me')).body.erasesAt).toBe(asked.body.erasesAt)
  for (const [method, path] of [
    ['GET', '/rooms/mine'],
    ['PATCH', '/users/me'],
    ['POST', '/ws/tickets'],
    ['DELETE', '/users/me'],
    ['GET', '/auth/sessions'],
  ] as const)
    expect(await back.call(method, path, method === 'GET' ? undefined : {}), path).toMatchObject({
      status: 403,
      body: { code: 'user.deletion_scheduled', erasesAt: asked.body.erasesAt },
    })
  expect((await back.call('POST', '/users/me/export')).status).toBe(202)

  pass(14 * day - 60_000)
  await cron()
  const late = await signInAgain(ada)
  expect((await late.call('POST', '/users/me/restore')).status).toBe(204)
  expect(await late.call('POST', '/users/me/restore')).toMatchObject({
    status: 409,
    body: { code: 'user.no_deletion_scheduled' },
  })
  pass(60_000)
  await cron()
  expect((await late.call('GET', '/users/me')).body).toMatchObject({ erasesAt: null, name: 'Leaving Soon' })
  expect((await late.call('GET', `/rooms/${room}`)).body.owner.id).toBe(ada.id)
  const bobNow = await again(bob)
  expect((await bobNow.call('GET', `/users?query=${ada.username}`)).body.data).toHaveLength(1)
  const events = await rows('SELECT event FROM audit_log WHERE subject_id = ? ORDER BY at, id', ada.id)
  const about = events.map(({ event }) => String(event)).filter((event) => event.startsWith('user.'))
  expect(about).toEqual(['user.registered', 'user.deletion_scheduled', 'user.export_requested', 'user.restored'])
})

/** Every text in every table of D1. */
async function everything(): Promise<string> {
  const names = await rows(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'
     AND sql NOT LIKE '%USING fts5%' AND name NOT LIKE '%_search_%'`,
  )
  const all = await Promise.all(names.map(({ name }) => rows(`SELECT * FROM "${name}"`)))
  return JSON.stringify(all)
}

test.each(['keep', 'remove'] as const)(
  'after 14 days nothing leads to the person, and messages %s',
  async (messages) => {
    const name = `Gone ${crypto.randomUUID().slice(0, 8)}`
    const address = messages === 'keep' ? '198.51.100.1' : '198.51.100.2'
    const ada = await newcomer({ name, institution: `School of ${name}` }, address)
    const [bob, cleo] = [await signUp(), await signUp()]
    const shared = (await ada.call('POST', '/rooms', { name: 'Shared' })).body.id
    const alone = (await ada.call('POST', '/rooms', { name: 'Alone' })).body.id
    const theirs = (await bob.call('POST', '/rooms', { name: 'Of Bob' })).body.id
    for (const person of [bob, cleo]) await person.call('POST', `/rooms/${shared}/join`)
    await ada.call('PATCH', `/rooms/${shared}/members/${cleo.id}`, { role: 'moderator' })
    await ada.call('POST', `/rooms/${theirs}/join`)
    const link = (await ada.call('POST', `/rooms/${shared}/invite-links`, {})).body.code
    const edited = await say(ada, theirs, 'Frist')
    await ada.call('PATCH', `/channels/${theirs}/messages/${edited.id}`, { text: 'First' })
    await say(bob, theirs, 'Second')
    await say(ada, theirs, 'Third')
    await ada.call('POST', '/users/me/export')
    await readyExport(ada)
    const [file] = await rows('SELECT file_key AS key FROM data_exports WHERE user_id = ?', ada.id)
    const lastWritten = (await bob.call('GET', `/channels/${theirs}/messages?limit=1`)).body.data[0].seq

    await ada.call('DELETE', '/users/me', { password: goodPassword, messages })
    pass(14 * day)
    await cron()
    await cron()

    const dump = await everything()
    for (const trace of [name, ada.email, ada.username, 'School of', address])
      expect(dump.includes(trace), trace).toBe(false)
    expect(await env.FILES.head(String(file?.key))).toBeNull()
    expect(await logIn(ada.email, goodPassword)).toMatchObject({
      status: 401,
      body: { code: 'auth.invalid_credentials' },
    })
    const [bobNow, cleoNow] = [await again(bob), await again(cleo)]
    expect((await bobNow.call('GET', `/users/${ada.id}`)).status).toBe(404)
    expect((await cleoNow.call('GET', `/rooms/${shared}`)).body).toMatchObject({
      owner: { id: cleo.id },
      memberCount: 2,
    })
    expect((await bobNow.call('GET', `/rooms/${alone}`)).status).toBe(404)
    expect((await bobNow.call('GET', `/invite-links/${link}`)).status).toBe(404)
    expect((await bobNow.call('GET', `/rooms/${theirs}`)).body.memberCount).toBe(1)
    expect(await textsOf(bobNow, theirs)).toEqual(
      messages === 'keep'
        ? ['Deleted user: First', `${bob.name}: Second`, 'Deleted user: Third']
        : ['deleted', `${bob.name}: Second`, 'deleted'],
    )
    const head = (await bobNow.call('GET', `/channels/${theirs}/messages?after=${lastWritten}`)).body
    expect(head.data).toEqual([])
    expect(await rows('SELECT 1 FROM erasures WHERE user_id = ?', ada.id)).toEqual([])
    const stored = await storedIn(theirs)
    for (const trace of [name, ada.username, 'Frist', ...(messages === 'remove' ? ['First', 'Third'] : [])])
      expect(stored.includes(trace), trace).toBe(false)

    const back = await register({ email: ada.email, name })
    expect(back.status).toBe(201)
    expect(back.body.user.id).not.toBe(ada.id)
  },
)

test('an erasure is told by mail to whoever is leaving, once', async () => {
  const ada = await newcomer()
  const counting = countingEnv({ DEV_OUTBOX: 'on' } as Partial<Env>)
  const bearer = { Authorization: `Bearer ${(await logIn(ada.email, goodPassword)).body.accessToken}` }
  const ask = () => counting.fetch(requestOf('DELETE', '/users/me', { password: goodPassword }, bearer))
  await rows('UPDATE users SET email_verified_at = 1 WHERE id = ?', ada.id)
  expect((await ask()).status).toBe(202)
  expect((await ask()).status).toBe(401)
  await vi.waitFor(async () => {
    const mails = "SELECT subject FROM dev_outbox WHERE recipient = ? AND subject LIKE '%deleted%'"
    expect(await rows(mails, ada.email)).toEqual([{ subject: 'Your account will be deleted' }])
  })
  await (await signInAgain(ada)).call('POST', '/users/me/restore')
  const told = await rows('SELECT withdrawn_at AS at FROM outbox WHERE subject_id = ?', `deletion.${ada.id}`)
  expect(told, 'and it is no news once it is taken back').toEqual([{ at: expect.any(Number) }])
})

test('an erasure that is taken back at the last moment, or was never wanted, writes nothing', async () => {
  const [ada, bob] = [await newcomer(), await newcomer()]
  const ctx = await makeCtx(env, { kind: 'cron' }, { later: () => {} })
  const state = async () => JSON.stringify(await rows('SELECT * FROM users WHERE id IN (?, ?)', ada.id, bob.id))
  const before = await state()
  await ada.call('DELETE', '/users/me', { password: goodPassword })
  pass(14 * day - 1000)
  await expect(eraseRows(ctx, ada.id)).rejects.toThrow()
  await expect(eraseRows(ctx, bob.id)).rejects.toThrow()
  pass(1000)
  const back = await signInAgain(ada)
  const [restored] = await Promise.all([back.call('POST', '/users/me/restore'), cron()])
  const left = (await rows('SELECT status FROM users WHERE id = ?', ada.id))[0]?.status
  expect([restored.status, left]).toEqual(left === 'active' ? [204, 'active'] : [expect.any(Number), 'deleted'])
  expect(await rows('SELECT 1 FROM deletions WHERE user_id = ?', ada.id)).toEqual([])
  expect(before).toContain(ada.email)
  const events = await rows("SELECT event FROM audit_log WHERE subject_id = ? AND event = 'user.erased'", bob.id)
  expect(events).toEqual([])
  expect((await rows('SELECT email FROM users WHERE id = ?', bob.id))[0]?.email).toBe(bob.email)
})

test('a room shows and forgets a person page by page, and everybody hears of each message that goes', async () => {
  const [ada, bob] = [await signUp(), await signUp()]
  const id = (await ada.call('POST', '/rooms', { name: 'Busy' })).body.id
  await bob.call('POST', `/rooms/${id}/join`)
  for (const text of ['One', 'Two', 'Three', 'Four', 'Five']) await say(bob, id, text)
  const room = env.STUDY_ROOM.getByName(id)
  const pages: string[][] = []
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof room.exportMember>> = await room.exportMember(bob.id, after, 2)
    pages.push(page.messages.map(({ text }) => text))
    after = page.next
  }
  expect(pages).toEqual([['One', 'Two'], ['Three', 'Four'], ['Five']])
  const head = () =>
    runInDurableObject(room, (_, { storage }) => [
      ...storage.sql.exec("SELECT count(*) AS n FROM events WHERE kind = 'message.deleted'"),
    ])
  expect(await room.eraseMember(bob.id, 'remove', 2)).toEqual({ done: false })
  expect(await room.eraseMember(bob.id, 'remove', 2)).toEqual({ done: false })
  expect(await room.eraseMember(bob.id, 'remove', 2)).toEqual({ done: true })
  expect(await room.eraseMember(bob.id, 'remove', 2)).toEqual({ done: true })
  expect(await head()).toEqual([{ n: 5 }])
  expect(await textsOf(ada, id)).toEqual(Array(5).fill('deleted'))
  expect(await room.eraseMember('usr_nobody', 'remove', 2)).toEqual({ done: true })
  expect(await env.STUDY_ROOM.getByName('room_of_nobody').eraseMember(bob.id, 'remove', 2)).toEqual({ done: true })
})
