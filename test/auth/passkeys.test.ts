import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeCtx } from '../../src/app/request-context'
import { siteOf } from '../../src/app/site'
import { newSession } from '../../src/auth/actions/issue-tokens'
import { sweepSignIns } from '../../src/auth/jobs'
import { startSessionByPasskey } from '../../src/auth/passkeys/store'
import { auditOf, cookiesOf, goodPassword, logIn, me, register, rows } from '../support/accounts'
import { type Cbor, makePasskey, type Passkey } from '../support/authenticator'
import { call, countingEnv, origin, type Person, type Reply, requestOf, signUp } from '../support/people'

const minute = 60_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const outcome = ({ status, body }: Reply) => [status, body?.code]
type Lies = NonNullable<Parameters<Passkey['get']>[1]>

/** Adds a passkey to somebody's account, as an honest browser would. */
async function addPasskey(person: Pick<Person, 'call'>, { name = 'Phone', counting = true } = {}) {
  const key = await makePasskey(origin, { counting })
  const options = await person.call('POST', '/auth/passkeys/register/options')
  const passkey = await key.create(options.body)
  const reply = await person.call('POST', '/auth/passkeys/register/verify', { passkey, name })
  return { key, reply }
}

async function someoneWithPasskey() {
  const person = await signUp()
  return { ...person, ...(await addPasskey(person)) }
}

const ask = async (body?: unknown) => (await call('POST', '/auth/passkeys/sign-in/options', body)).body
const answer = (passkey: unknown, more: object = {}, headers?: Record<string, string>) =>
  call('POST', '/auth/passkeys/sign-in/verify', { passkey, ...more }, headers)
const signIn = async (key: Passkey, lies: Lies = {}) => answer(await key.get(await ask(), lies))
const sessionCount = async (id: string) => (await rows('SELECT id FROM sessions WHERE user_id = ?', id)).length

describe('to add a passkey', () => {
  test('asks the browser for one that can sign in without a name, and gives recovery codes with the first', async () => {
    const ada = await signUp()
    const options = await ada.call('POST', '/auth/passkeys/register/options')
    expect(options.status).toBe(200)
    expect(options.body).toMatchObject({
      rp: { id: 'studyhall.test', name: 'Studyhall' },
      user: { name: ada.username, displayName: ada.name },
      attestation: 'none',
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      timeout: 5 * minute,
    })
    expect(options.body.challenge).toMatch(/^[\w-]{43}$/)

    const { reply, key } = await addPasskey(ada, { name: 'My phone' })
    expect(reply.status).toBe(201)
    expect(reply.headers.get('Location')).toBe(`/api/v1/auth/passkeys/${reply.body.passkey.id}`)
    expect(reply.body).toEqual({
      passkey: {
        id: expect.stringMatching(/^pkey_/),
        name: 'My phone',
        backedUp: false,
        createdAt: new Date().toISOString(),
        lastUsedAt: null,
      },
      recoveryCodes: expect.any(Array),
    })
    expect(reply.body.recoveryCodes).toHaveLength(10)

    const second = await addPasskey(ada, { name: 'Laptop' })
    expect(second.reply.body.recoveryCodes).toBeUndefined()
    const again = await ada.call('POST', '/auth/passkeys/register/options')
    expect(again.body.excludeCredentials.map(({ id }: { id: string }) => id)).toEqual([key.id, second.key.id])
    const list = await ada.call('GET', '/auth/passkeys')
    expect(list.body.data.map(({ name }: { name: string }) => name)).toEqual(['My phone', 'Laptop'])
    expect(list.body.nextCursor).toBeNull()
    expect(await auditOf(ada.id)).toEqual(['passkey.added', 'passkey.added'])
    const stored = JSON.stringify(await rows('SELECT * FROM passkey_challenges'))
    expect(stored).not.toContain(again.body.challenge)
  })

  const lies: [string, Lies][] = [
    ['another challenge', { challenge: 'A'.repeat(43) }],
    ['another origin', { origin: 'https://studyhall.test.evil.example' }],
    ['another host', { rpId: 'evil.example' }],
    ['the answer to another question', { type: 'webauthn.get' }],
    ['nobody who unlocked it', { userVerified: false }],
    ['nobody who touched it', { userPresent: false }],
  ]
  test.each(lies)('is refused with %s', async (_, lie) => {
    const ada = await signUp()
    const key = await makePasskey(origin)
    const { body } = await ada.call('POST', '/auth/passkeys/register/options')
    const passkey = await key.create(body, lie)
    expect(outcome(await ada.call('POST', '/auth/passkeys/register/verify', { passkey }))).toEqual([
      401,
      'auth.passkey_invalid',
    ])
    expect((await ada.call('GET', '/auth/passkeys')).body.data).toEqual([])
    expect(await auditOf(ada.id)).toEqual([])
  })

  const byItself = (sig: Uint8Array) =>
    [
      ['alg', -7],
      ['sig', sig],
    ] satisfies [string, Cbor][]
  const certified = (sig: Uint8Array) => new Map<string, Cbor>([...byItself(sig), ['x5c', [Uint8Array.of(0x30, 0)]]])
  const attestations: [string, number, NonNullable<Lies['attestation']>][] = [
    ['a statement by its own key', 201, ['packed', (sig) => new Map<string, Cbor>(byItself(sig))]],
    [
      'a statement that its own key did not make',
      401,
      ['packed', (sig) => new Map<string, Cbor>(byItself(sig.with(-1, (sig.at(-1) ?? 0) ^ 1)))],
    ],
    ['a certificate', 401, ['packed', certified]],
    ['a certificate of U2F', 401, ['fido-u2f', certified]],
    ['a certificate of a TPM', 401, ['tpm', (sig) => new Map([...certified(sig), ['ver', '2.0']])]],
    ['a certificate of Android', 401, ['android-key', certified]],
    ['an answer of SafetyNet', 401, ['android-safetynet', certified]],
    ['a certificate of Apple', 401, ['apple', certified]],
    ['a form that nobody knows', 401, ['unheard-of', certified]],
  ]
  test.each(attestations)('that comes with %s is answered by %i', async (_, status, attestation) => {
    const ada = await signUp()
    const { body } = await ada.call('POST', '/auth/passkeys/register/options')
    const passkey = await (await makePasskey(origin)).create(body, { attestation })
    const reply = await ada.call('POST', '/auth/passkeys/register/verify', { passkey })
    expect(outcome(reply)).toEqual([status, status === 401 ? 'auth.passkey_invalid' : undefined])
    expect((await ada.call('GET', '/auth/passkeys')).body.data).toHaveLength(status === 201 ? 1 : 0)
  })

  test('takes a challenge once, within five minutes, in the session that asked', async () => {
    const [ada, bob] = [await signUp(), await signUp()]
    const options = (await ada.call('POST', '/auth/passkeys/register/options')).body
    const make = async () => ({ passkey: await (await makePasskey(origin)).create(options) })
    const verify = async (person: Person) => person.call('POST', '/auth/passkeys/register/verify', await make())
    expect(outcome(await verify(bob))).toEqual([401, 'auth.passkey_invalid'])
    expect((await verify(ada)).status).toBe(201)
    expect(outcome(await verify(ada))).toEqual([401, 'auth.passkey_invalid'])

    const late = (await ada.call('POST', '/auth/passkeys/register/options')).body
    const passkey = await (await makePasskey(origin)).create(late)
    pass(5 * minute)
    expect(outcome(await ada.call('POST', '/auth/passkeys/register/verify', { passkey }))).toEqual([
      401,
      'auth.passkey_invalid',
    ])
    await sweepSignIns(await makeCtx(env, { kind: 'cron' }, { later() {} }))
    expect(await rows('SELECT * FROM passkey_challenges WHERE bound_to = ?', ada.sessionId)).toEqual([])
  })

  test('eight answers at once to one challenge add one', async () => {
    const ada = await signUp()
    const options = (await ada.call('POST', '/auth/passkeys/register/options')).body
    const passkeys = await Promise.all(
      Array.from({ length: 8 }, async () => (await makePasskey(origin)).create(options)),
    )
    const all = await Promise.all(
      passkeys.map((passkey) => ada.call('POST', '/auth/passkeys/register/verify', { passkey })),
    )
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1)
    expect((await ada.call('GET', '/auth/passkeys')).body.data).toHaveLength(1)
  })

  test('is refused for one that somebody has, and for the twenty-first', async () => {
    const [ada, bob] = [await someoneWithPasskey(), await signUp()]
    const options = (await bob.call('POST', '/auth/passkeys/register/options')).body
    const passkey = await ada.key.create(options)
    expect(outcome(await bob.call('POST', '/auth/passkeys/register/verify', { passkey }))).toEqual([
      409,
      'auth.passkey_already_there',
    ])
    expect(await auditOf(bob.id)).toEqual([])
    expect((await bob.call('GET', '/auth/mfa')).body.recoveryCodesLeft).toBe(0)

    const open = (await bob.call('POST', '/auth/passkeys/register/options')).body
    for (let at = 0; at < 20; at += 1) await addPasskey(bob)
    const last = await (await makePasskey(origin)).create(open)
    expect(outcome(await bob.call('POST', '/auth/passkeys/register/verify', { passkey: last }))).toEqual([
      409,
      'auth.too_many_passkeys',
    ])
    expect(outcome(await bob.call('POST', '/auth/passkeys/register/options'))).toEqual([409, 'auth.too_many_passkeys'])
  })

  test('needs a sign-in of the last ten minutes, or the password', async () => {
    const { body } = await register()
    const headers = { Authorization: `Bearer ${body.accessToken}` }
    pass(10 * minute)
    const start = (content?: unknown) => call('POST', '/auth/passkeys/register/options', content, headers)
    expect(outcome(await start())).toEqual([403, 'auth.fresh_sign_in_required'])
    expect(outcome(await start({ password: 'not this one' }))).toEqual([401, 'auth.invalid_credentials'])
    expect((await start({ password: goodPassword })).status).toBe(200)
  })
})

describe('a sign-in with a passkey', () => {
  test('needs no name and no password, and stands for both factors', async () => {
    const ada = await someoneWithPasskey()
    const options = await ask()
    expect(options).toMatchObject({ rpId: 'studyhall.test', userVerification: 'required', allowCredentials: [] })
    const reply = await answer(await ada.key.get(options))
    expect(reply.status).toBe(200)
    expect(Object.keys(reply.body)).toEqual(['user', 'accessToken', 'refreshToken', 'expiresIn'])
    expect((await me(reply.body.accessToken)).body.id).toBe(ada.id)
    expect((await ada.call('GET', '/auth/passkeys')).body.data[0].lastUsedAt).toBe(new Date().toISOString())
    expect(await auditOf(ada.id)).toEqual(['passkey.added', 'session.started'])
  })

  const lies: [string, Lies][] = [
    ['another challenge', { challenge: 'A'.repeat(43) }],
    ['another origin', { origin: 'https://evil.example' }],
    ['plain http', { origin: 'http://studyhall.test' }],
    ['another host', { rpId: 'evil.example' }],
    ['the answer to another question', { type: 'webauthn.create' }],
    ['nobody who unlocked it', { userVerified: false }],
    ['nobody who touched it', { userPresent: false }],
    ['a signature that does not fit', { signature: (bytes) => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1) }],
  ]
  test.each(lies)('is refused with %s', async (_, lie) => {
    const ada = await someoneWithPasskey()
    const before = await sessionCount(ada.id)
    expect(outcome(await signIn(ada.key, lie))).toEqual([401, 'auth.passkey_invalid'])
    expect(await sessionCount(ada.id)).toBe(before)
    expect((await signIn(ada.key)).status).toBe(200)
  })

  test('is refused for a passkey that nobody has, exactly as for a wrong one', async () => {
    const ada = await someoneWithPasskey()
    const wrong = await signIn(ada.key, { userVerified: false })
    const stranger = await signIn(await makePasskey(origin))
    const { requestId: _, ...known } = wrong.body
    expect(stranger.body).toMatchObject(known)
    const counts = await Promise.all(
      [ada.key, await makePasskey(origin)].map(async (key) => {
        const body = { passkey: await key.get(await ask(), { userVerified: false }) }
        const counting = countingEnv()
        await counting.fetch(requestOf('POST', '/auth/passkeys/sign-in/verify', body))
        return { statements: counting.counts.statements, roundTrips: counting.counts.roundTrips }
      }),
    )
    expect(counts[0]).toEqual(counts[1])
  })

  test('is refused when the counter does not grow, which only a copy can explain', async () => {
    const ada = await someoneWithPasskey()
    expect((await signIn(ada.key, { counter: 41 })).status).toBe(200)
    expect(outcome(await signIn(ada.key, { counter: 41 }))).toEqual([401, 'auth.passkey_invalid'])
    expect(outcome(await signIn(ada.key, { counter: 7 }))).toEqual([401, 'auth.passkey_invalid'])
    expect(outcome(await signIn(ada.key, { counter: 0 }))).toEqual([401, 'auth.passkey_invalid'])
    expect((await signIn(ada.key, { counter: 42 })).status).toBe(200)
    expect((await auditOf(ada.id)).filter((event) => event === 'passkey.counter_went_back')).toHaveLength(3)
  })

  test('of two answers at once with the same count, takes one', async () => {
    const ada = await someoneWithPasskey()
    const answers = [await ada.key.get(await ask(), { counter: 5 }), await ada.key.get(await ask(), { counter: 5 })]
    const all = await Promise.all(answers.map((each) => answer(each)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('of many answers that were compared with the same stored count, takes one', async () => {
    const ada = await someoneWithPasskey()
    const ctx = await makeCtx(env, { kind: 'anonymous' }, { later() {} })
    const { id } = ada.reply.body.passkey
    const before = await sessionCount(ada.id)
    const all = await Promise.all(
      [5, 5, 5].map((counter) => startSessionByPasskey(ctx, newSession(ctx, ada.id, 'bearer'), id, counter, 'unknown')),
    )
    expect(all.filter(Boolean)).toHaveLength(1)
    expect(await sessionCount(ada.id)).toBe(before + 1)
  })

  test('works again and again with one that does not count', async () => {
    const ada = await signUp()
    const { key } = await addPasskey(ada, { counting: false })
    for (let at = 0; at < 3; at += 1) expect((await signIn(key)).status).toBe(200)
  })

  test('takes a challenge once, within five minutes, and only one that was made for it', async () => {
    const ada = await someoneWithPasskey()
    const options = await ask()
    const once = await ada.key.get(options)
    expect((await answer(once)).status).toBe(200)
    expect(outcome(await answer(await ada.key.get(options)))).toEqual([401, 'auth.passkey_invalid'])

    const late = await ada.key.get(await ask())
    pass(5 * minute)
    expect(outcome(await answer(late))).toEqual([401, 'auth.passkey_invalid'])

    const ada2 = await signUp()
    const registration = (await ada2.call('POST', '/auth/passkeys/register/options')).body
    const crossed = await ada.key.get({ challenge: registration.challenge })
    expect(outcome(await answer(crossed))).toEqual([401, 'auth.passkey_invalid'])
  })

  test('of eight uses of one answer at once, opens one session', async () => {
    const ada = await someoneWithPasskey()
    const before = await sessionCount(ada.id)
    const once = await ada.key.get(await ask())
    const all = await Promise.all(Array.from({ length: 8 }, () => answer(once)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await sessionCount(ada.id)).toBe(before + 1)
  })

  test('is refused for a suspended account', async () => {
    const ada = await someoneWithPasskey()
    await rows(`UPDATE users SET status = 'suspended' WHERE id = ?`, ada.id)
    expect(outcome(await signIn(ada.key))).toEqual([401, 'auth.passkey_invalid'])
  })

  test('by cookie sets cookies, for our own pages only', async () => {
    const ada = await someoneWithPasskey()
    const cookie = { transport: 'cookie' }
    const elsewhere = await answer(await ada.key.get(await ask()), cookie, { Origin: 'https://evil.example' })
    expect(outcome(elsewhere)).toEqual([403, 'request.cross_site'])
    const reply = await answer(await ada.key.get(await ask()), cookie, { Origin: origin })
    expect(Object.keys(reply.body)).toEqual(['user', 'expiresIn'])
    expect(cookiesOf(reply)).toContain('__Host-studyhall_refresh=')
  })

  test.each([
    [{}],
    [{ passkey: {} }],
    [{ passkey: { id: 'é', rawId: 'é', type: 'public-key', response: {} } }],
    [{ passkey: 'x', transport: 'bearer' }],
  ])('is not made of %j', async (body) => {
    expect(outcome(await call('POST', '/auth/passkeys/sign-in/verify', body))).toEqual([422, 'request.invalid'])
  })

  test('is not made of client data that is no JSON', async () => {
    const ada = await someoneWithPasskey()
    const good = (await ada.key.get(await ask())) as { response: object }
    const bad = { ...good, response: { ...good.response, clientDataJSON: 'AAAA' } }
    expect(outcome(await answer(bad))).toEqual([401, 'auth.passkey_invalid'])
  })
})

describe('a passkey as the second factor', () => {
  async function someoneWithPassword() {
    const { body, input } = await register()
    const person: Pick<Person, 'call'> = {
      call: (method, path, content) => call(method, path, content, { Authorization: `Bearer ${body.accessToken}` }),
    }
    const { key, reply } = await addPasskey(person)
    const begin = async () => (await logIn(input.email, goodPassword)).body
    return { ...person, id: body.user.id as string, key, begin, recoveryCodes: reply.body.recoveryCodes as string[] }
  }
  const verify = (body: unknown) => call('POST', '/auth/mfa/verify', body)

  test('is asked for after the password, and ends the sign-in', async () => {
    const ada = await someoneWithPassword()
    const { mfaToken, methods, mfaRequired } = await ada.begin()
    expect({ mfaRequired, methods }).toEqual({ mfaRequired: true, methods: ['passkey', 'recovery_code'] })
    const options = await ask({ mfaToken })
    expect(options.allowCredentials).toEqual([{ id: ada.key.id, transports: ['internal'], type: 'public-key' }])
    const reply = await verify({ mfaToken, passkey: await ada.key.get(options, { userVerified: false }) })
    expect(reply.status).toBe(200)
    expect((await me(reply.body.accessToken)).body.id).toBe(ada.id)
    expect((await auditOf(ada.id)).slice(-2)).toEqual(['login.second_factor_asked', 'session.started'])
  })

  test('answers the question of its own sign-in only', async () => {
    const [ada, bob] = [await someoneWithPassword(), await someoneWithPassword()]
    const [first, second] = [(await ada.begin()).mfaToken, (await ada.begin()).mfaToken]
    const invalid = [401, 'auth.passkey_invalid']
    const toSecond = await ada.key.get(await ask({ mfaToken: second }))
    expect(outcome(await verify({ mfaToken: first, passkey: toSecond }))).toEqual(invalid)
    const toNobody = await ada.key.get(await ask())
    expect(outcome(await verify({ mfaToken: first, passkey: toNobody }))).toEqual(invalid)
    const ofBob = await bob.key.get(await ask({ mfaToken: first }))
    expect(outcome(await verify({ mfaToken: first, passkey: ofBob }))).toEqual(invalid)
    const withoutPassword = await ada.key.get(await ask({ mfaToken: first }))
    expect(outcome(await answer(withoutPassword))).toEqual(invalid)
    const right = await ada.key.get(await ask({ mfaToken: first }))
    expect((await verify({ mfaToken: first, passkey: right })).status).toBe(200)
    expect(outcome(await call('POST', '/auth/passkeys/sign-in/options', { mfaToken: first }))).toEqual([
      401,
      'auth.mfa_token_invalid',
    ])
  })

  test('is checked for its counter, too', async () => {
    const ada = await someoneWithPassword()
    expect((await signIn(ada.key, { counter: 9 })).status).toBe(200)
    const { mfaToken } = await ada.begin()
    const old = await ada.key.get(await ask({ mfaToken }), { counter: 9 })
    expect(outcome(await verify({ mfaToken, passkey: old }))).toEqual([401, 'auth.passkey_invalid'])
  })

  test('of eight answers at once, opens one session', async () => {
    const ada = await someoneWithPassword()
    const { mfaToken } = await ada.begin()
    const passkey = await ada.key.get(await ask({ mfaToken }))
    const all = await Promise.all(Array.from({ length: 8 }, () => verify({ mfaToken, passkey })))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('may be lost: a recovery code stands for it', async () => {
    const ada = await someoneWithPassword()
    const { mfaToken } = await ada.begin()
    expect((await verify({ mfaToken, code: ada.recoveryCodes[0] })).status).toBe(200)
  })
})

describe('to remove a passkey', () => {
  test('ends what it opens, and with the last one the recovery codes go', async () => {
    const { body } = await register()
    const person: Pick<Person, 'call'> = {
      call: (method, path, content) => call(method, path, content, { Authorization: `Bearer ${body.accessToken}` }),
    }
    const { key, reply } = await addPasskey(person)
    expect((await person.call('DELETE', `/auth/passkeys/${reply.body.passkey.id}`)).status).toBe(204)
    expect(outcome(await signIn(key))).toEqual([401, 'auth.passkey_invalid'])
    expect((await person.call('GET', '/auth/mfa')).body).toEqual({ totp: false, passkeys: 0, recoveryCodesLeft: 0 })
    expect((await auditOf(body.user.id)).filter((event) => event === 'passkey.removed')).toHaveLength(1)
  })

  test('is refused for the only way into an account', async () => {
    const ada = await someoneWithPasskey()
    const path = `/auth/passkeys/${ada.reply.body.passkey.id}`
    expect(outcome(await ada.call('DELETE', path))).toEqual([409, 'auth.last_sign_in_method'])
    await addPasskey(ada)
    expect((await ada.call('DELETE', path)).status).toBe(204)
    expect(await auditOf(ada.id)).toEqual(['passkey.added', 'passkey.added', 'passkey.removed'])
  })

  test("of two last ones at once, keeps one; somebody else's is not there", async () => {
    const [ada, bob] = [await someoneWithPasskey(), await signUp()]
    const second = await addPasskey(ada)
    const ids = [ada.reply.body.passkey.id, second.reply.body.passkey.id]
    expect(outcome(await bob.call('DELETE', `/auth/passkeys/${ids[0]}`))).toEqual([404, 'auth.passkey_not_found'])
    const all = await Promise.all(ids.map((id) => ada.call('DELETE', `/auth/passkeys/${id}`)))
    expect(all.map(({ status }) => status).sort()).toEqual([204, 409])
    pass(10 * minute)
    expect(outcome(await ada.call('DELETE', `/auth/passkeys/${ids[0]}`))).toEqual([403, 'auth.fresh_sign_in_required'])
  })
})

test.each([
  ['', [], null, 'studyhall.test', 'https://studyhall.test'],
  ['https://hall.example', [], null, 'hall.example', 'https://hall.example'],
  ['https://hall.example', [], 'https://hall.example', 'hall.example', 'https://hall.example'],
  [
    'https://hall.example',
    ['https://app.hall.example'],
    'https://app.hall.example',
    'hall.example',
    'https://app.hall.example',
  ],
  ['https://hall.example', ['https://front.test'], 'https://front.test', 'front.test', 'https://front.test'],
  ['https://hall.example', [], 'https://evil.example', 'hall.example', 'https://hall.example'],
])('at "%s", with %j allowed, a page of %s has passkeys of %s', (PUBLIC_URL, ALLOWED_ORIGINS, page, host, allowed) => {
  const request = new Request(
    `${origin}/api/v1/auth/passkeys/sign-in/options`,
    page ? { headers: { Origin: page } } : {},
  )
  expect(siteOf({ PUBLIC_URL, ALLOWED_ORIGINS }, request)).toEqual({ host, origins: [allowed] })
})
