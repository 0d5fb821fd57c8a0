import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeCtx } from '../../src/app/request-context'
import { newSession } from '../../src/auth/actions/issue-tokens'
import { sweepSignIns } from '../../src/auth/jobs'
import { requireFresh } from '../../src/auth/mfa/actions/require-fresh'
import { finishWithCode, takeMfaTry } from '../../src/auth/mfa/challenge-store'
import { hashRecoveryCode, makeRecoveryCodes } from '../../src/auth/mfa/recovery-codes'
import { readCode, stepAt } from '../../src/auth/mfa/rules'
import { seal, unseal } from '../../src/auth/mfa/sealing'
import { confirmTotpSecret } from '../../src/auth/mfa/store'
import { base32, totpCode } from '../../src/auth/mfa/totp'
import { startSession } from '../../src/auth/store'
import { selectMe } from '../../src/profiles/actions'
import { hashSecret } from '../../src/shared/secrets'
import { auditOf, cookiesOf, goodPassword, logIn, me, register, rows } from '../support/accounts'
import { call, countingEnv, origin, type Reply, requestOf } from '../support/people'

const minute = 60_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** What an authenticator app does with the secret that it was given. */
function app(secret: string) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((character) => alphabet.indexOf(character).toString(2).padStart(5, '0')).join('')
  const bytes = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
  return { code: (steps = 0) => totpCode(bytes, stepAt(Date.now()) + steps) }
}

/** A person with a password, signed in. */
async function newPerson() {
  const { body, input } = await register()
  const as = (method: string, path: string, content?: unknown): Promise<Reply> =>
    call(method, path, content, { Authorization: `Bearer ${body.accessToken}` })
  return { id: body.user.id as string, email: input.email as string, as, accessToken: body.accessToken as string }
}

/** The same with an authenticator app that is on; its next code is good. */
async function newPersonWithTotp() {
  const person = await newPerson()
  const { body } = await person.as('POST', '/auth/mfa/totp')
  const phone = app(body.secret)
  const confirmed = await person.as('POST', '/auth/mfa/totp/confirm', { code: await phone.code() })
  pass(minute)
  return { ...person, phone, recoveryCodes: confirmed.body.recoveryCodes as string[] }
}

const begin = async (email: string): Promise<string> => (await logIn(email, goodPassword)).body.mfaToken
const verify = (body: unknown, headers?: Record<string, string>) => call('POST', '/auth/mfa/verify', body, headers)
const outcome = ({ status, body }: Reply) => [status, body?.code]
const sessionsOf = (id: string) => rows('SELECT id FROM sessions WHERE user_id = ?', id)

describe('to set up an authenticator app', () => {
  test('changes nothing until its first code has come, and then a password alone opens no session', async () => {
    const ada = await newPerson()
    const setup = await ada.as('POST', '/auth/mfa/totp')
    expect(setup.status).toBe(200)
    expect(setup.body).toEqual({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      uri: expect.stringContaining(`secret=${setup.body.secret}&issuer=Studyhall`),
      expiresAt: new Date(Date.now() + 10 * minute).toISOString(),
    })
    expect((await logIn(ada.email, goodPassword)).body).toHaveProperty('accessToken')
    expect((await ada.as('GET', '/auth/mfa')).body).toEqual({ totp: false, passkeys: 0, recoveryCodesLeft: 0 })

    const confirmed = await ada.as('POST', '/auth/mfa/totp/confirm', { code: await app(setup.body.secret).code() })
    expect(confirmed.status).toBe(200)
    expect(new Set(confirmed.body.recoveryCodes).size).toBe(10)
    expect((await ada.as('GET', '/auth/mfa')).body).toEqual({ totp: true, passkeys: 0, recoveryCodesLeft: 10 })

    const before = await sessionsOf(ada.id)
    const login = await logIn(ada.email, goodPassword)
    expect(login.status).toBe(200)
    expect(login.body).toEqual({
      mfaRequired: true,
      mfaToken: expect.stringMatching(/^[\w-]{27}$/),
      methods: ['totp', 'recovery_code'],
    })
    expect(login.headers.getSetCookie()).toEqual([])
    expect(await sessionsOf(ada.id)).toEqual(before)
    expect((await me(login.body.mfaToken)).body.code).toBe('auth.token_invalid')
    expect(await auditOf(ada.id)).toEqual([
      'user.registered',
      'session.started',
      'mfa.totp_added',
      'login.second_factor_asked',
    ])
  })

  test('keeps neither the secret nor a recovery code as it is', async () => {
    const ada = await newPersonWithTotp()
    const stored = JSON.stringify(await rows('SELECT * FROM totp_secrets, recovery_codes'))
    const { secret } = (await (await newPerson()).as('POST', '/auth/mfa/totp')).body
    expect(stored).not.toContain(secret)
    for (const code of ada.recoveryCodes) expect(stored).not.toContain(code)
    expect(stored).toMatch(/"sealed":"v1\./)
  })

  test('needs its first code within ten minutes, and a right one', async () => {
    const ada = await newPerson()
    expect(outcome(await ada.as('POST', '/auth/mfa/totp/confirm', { code: '123456' }))).toEqual([
      409,
      'auth.totp_not_started',
    ])
    const { secret } = (await ada.as('POST', '/auth/mfa/totp')).body
    const wrong = String((Number(await app(secret).code()) + 1) % 1_000_000).padStart(6, '0')
    expect(outcome(await ada.as('POST', '/auth/mfa/totp/confirm', { code: wrong }))).toEqual([
      401,
      'auth.mfa_code_invalid',
    ])
    expect(outcome(await ada.as('POST', '/auth/mfa/totp/confirm', { code: '12345' }))).toEqual([422, 'request.invalid'])
    pass(10 * minute)
    expect(outcome(await ada.as('POST', '/auth/mfa/totp/confirm', { code: await app(secret).code() }))).toEqual([
      409,
      'auth.totp_not_started',
    ])
    expect(await auditOf(ada.id)).toEqual(['user.registered'])
  })

  test('eight times at once with the right code gives recovery codes once', async () => {
    const ada = await newPerson()
    const { secret } = (await ada.as('POST', '/auth/mfa/totp')).body
    const code = await app(secret).code()
    const all = await Promise.all(Array.from({ length: 8 }, () => ada.as('POST', '/auth/mfa/totp/confirm', { code })))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await ada.as('GET', '/auth/mfa')).body.recoveryCodesLeft).toBe(10)
    expect(await auditOf(ada.id)).toEqual(['user.registered', 'mfa.totp_added'])
  })

  test('of eight that have read the same state, one confirms', async () => {
    const ada = await newPerson()
    await ada.as('POST', '/auth/mfa/totp')
    const [row] = await rows('SELECT sealed FROM totp_secrets WHERE user_id = ?', ada.id)
    const [session] = await sessionsOf(ada.id)
    const actor = {
      kind: 'user' as const,
      userId: ada.id,
      sessionId: String(session?.id),
      sessionEndsAt: Date.now() + minute,
      role: 'student' as const,
      verified: false,
      transport: 'bearer' as const,
    }
    const ctx = await makeCtx(env, actor, { later() {} })
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, at) => {
        const hashes = Array.from({ length: 10 }, (_, code) => `${at}-${code}`)
        return confirmTotpSecret(ctx, { sealed: String(row?.sealed), resealed: `v1.${at}`, step: at, hashes })
      }),
    )
    expect(all.filter(Boolean)).toHaveLength(1)
    const winner = all.indexOf(true)
    const codes = await rows('SELECT hash FROM recovery_codes WHERE user_id = ? ORDER BY hash', ada.id)
    expect(codes.map(({ hash }) => hash)).toEqual(Array.from({ length: 10 }, (_, code) => `${winner}-${code}`))
    expect(await auditOf(ada.id)).toEqual(['user.registered', 'mfa.totp_added'])
  })

  test('is refused while one is on', async () => {
    const ada = await newPersonWithTotp()
    expect(outcome(await ada.as('POST', '/auth/mfa/totp'))).toEqual([409, 'auth.totp_already_on'])
    const { body } = await logInFully(ada)
    expect(body).toHaveProperty('accessToken')
  })

  test('needs a sign-in of the last ten minutes, or the password', async () => {
    const ada = await newPerson()
    pass(10 * minute)
    expect(outcome(await ada.as('POST', '/auth/mfa/totp'))).toEqual([403, 'auth.fresh_sign_in_required'])
    expect(outcome(await ada.as('POST', '/auth/mfa/totp', { password: 'not this one' }))).toEqual([
      401,
      'auth.invalid_credentials',
    ])
    expect((await ada.as('POST', '/auth/mfa/totp', { password: goodPassword })).status).toBe(200)
  })

  test('of fifty wrong passwords at once, compares ten', async () => {
    const ada = await newPerson()
    pass(10 * minute)
    const all = await Promise.all(
      Array.from({ length: 50 }, () => ada.as('POST', '/auth/mfa/totp', { password: 'not this one' })),
    )
    expect(all.filter(({ status }) => status === 401)).toHaveLength(10)
    expect(all.filter(({ status }) => status === 429)).toHaveLength(40)
  })

  test('counts no right password, and waits for the database once to compare one', async () => {
    const ada = await newPerson()
    const [session] = await sessionsOf(ada.id)
    const actor = { kind: 'user' as const, userId: ada.id, sessionId: String(session?.id), sessionEndsAt: Date.now() }
    const counting = countingEnv()
    for (let time = 1; time <= 12; time += 1) {
      const afterwards: Promise<unknown>[] = []
      const ctx = await makeCtx(
        counting.env,
        { ...actor, role: 'student' as const, verified: false, transport: 'bearer' as const },
        { later: (work) => afterwards.push(work) },
      )
      await requireFresh(ctx, { password: goodPassword })
      expect(afterwards).toHaveLength(1)
      await Promise.all(afterwards)
    }
    expect(counting.counts.roundTrips).toBe(2 * 12)
    expect(await rows(`SELECT count FROM throttles WHERE key = 'proof:' || ?`, ada.id)).toEqual([{ count: 0 }])
  })
})

/** By password and app. */
async function logInFully({ email, phone }: { email: string; phone: ReturnType<typeof app> }) {
  return verify({ mfaToken: await begin(email), code: await phone.code() })
}

describe('a sign-in with a second factor', () => {
  test('ends with the code that the app shows', async () => {
    const ada = await newPersonWithTotp()
    const reply = await logInFully(ada)
    expect(reply.status).toBe(200)
    expect(Object.keys(reply.body)).toEqual(['user', 'accessToken', 'refreshToken', 'expiresIn'])
    expect((await me(reply.body.accessToken)).body.id).toBe(ada.id)
    expect((await auditOf(ada.id)).slice(-2)).toEqual(['login.second_factor_asked', 'session.started'])
    const [row] = await rows(`SELECT details FROM audit_log WHERE subject_id = ? ORDER BY id DESC LIMIT 1`, ada.id)
    expect(JSON.parse(String(row?.details))).toMatchObject({ firstFactor: 'password', secondFactor: 'totp' })
  })

  test('costs the database as few questions as it can', async () => {
    const ada = await newPersonWithTotp()
    const counting = countingEnv()
    const login = { email: ada.email, password: goodPassword }
    const { body } = await counting.fetch(requestOf('POST', '/auth/login', login))
    // The account with the throttles, then the challenge.
    expect(counting.counts.roundTrips).toBe(2)
    const finish = { mfaToken: body.mfaToken, code: await ada.phone.code() }
    expect((await counting.fetch(requestOf('POST', '/auth/mfa/verify', finish))).status).toBe(200)
    // The try with what to compare, the session, the account to show.
    expect(counting.counts.roundTrips).toBe(5)
    expect(counting.counts.rowsRead).toBeLessThan(120)
  })

  test('takes a code that is a step early or late, and none of two steps', async () => {
    const ada = await newPersonWithTotp()
    const mfaToken = await begin(ada.email)
    expect(outcome(await verify({ mfaToken, code: await ada.phone.code(2) }))[0]).toBe(401)
    expect(outcome(await verify({ mfaToken, code: await ada.phone.code(-2) }))[0]).toBe(401)
    expect((await verify({ mfaToken, code: await ada.phone.code(-1) })).status).toBe(200)
    expect((await verify({ mfaToken: await begin(ada.email), code: await ada.phone.code(1) })).status).toBe(200)
  })

  test('uses a code once, also for another sign-in', async () => {
    const ada = await newPersonWithTotp()
    const code = await ada.phone.code()
    const [first, second] = [await begin(ada.email), await begin(ada.email)]
    expect((await verify({ mfaToken: first, code })).status).toBe(200)
    expect(outcome(await verify({ mfaToken: first, code }))).toEqual([401, 'auth.mfa_token_invalid'])
    expect(outcome(await verify({ mfaToken: second, code }))).toEqual([401, 'auth.mfa_code_invalid'])
  })

  test('of eight right codes at once, one opens a session', async () => {
    const ada = await newPersonWithTotp()
    const before = (await sessionsOf(ada.id)).length
    const [mfaToken, code] = [await begin(ada.email), await ada.phone.code()]
    const all = await Promise.all(Array.from({ length: 8 }, () => verify({ mfaToken, code })))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 401)).toHaveLength(7)
    expect(await sessionsOf(ada.id)).toHaveLength(before + 1)
    expect((await auditOf(ada.id)).filter((event) => event === 'session.started')).toHaveLength(1)
  })

  test('of one right code for eight sign-ins at once, one opens a session', async () => {
    const ada = await newPersonWithTotp()
    const code = await ada.phone.code()
    const tokens = []
    for (let at = 0; at < 8; at += 1) tokens.push(await begin(ada.email))
    const all = await Promise.all(tokens.map((mfaToken) => verify({ mfaToken, code })))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('of many that have read the same state, one spends a code and one ends a challenge', async () => {
    const ada = await newPersonWithTotp()
    const ctx = await makeCtx(env, { kind: 'anonymous' }, { later() {} })
    const read = async (mfaToken: string) => {
      const taken = await takeMfaTry(ctx, await hashSecret(mfaToken))
      if (!taken) throw new Error('no try was left')
      return taken
    }
    const finish = ({ challenge, user }: Awaited<ReturnType<typeof read>>, step: number) => {
      const session = newSession(ctx, user.id, 'bearer')
      const { passwordHash } = user
      return finishWithCode(ctx, { challenge, session, passwordHash, address: 'unknown' }, { kind: 'totp', step })
    }
    const step = stepAt(Date.now())
    const before = (await sessionsOf(ada.id)).length
    const eight = []
    for (let at = 0; at < 8; at += 1) eight.push(await read(await begin(ada.email)))
    const withOneCode = await Promise.all(eight.map((one) => finish(one, step)))
    expect(withOneCode.filter(Boolean)).toHaveLength(1)
    const same = await read(await begin(ada.email))
    const ofOneChallenge = await Promise.all([1, 2, 3, 4].map((later) => finish(same, step + later)))
    expect(ofOneChallenge.filter(Boolean)).toHaveLength(1)
    expect(await sessionsOf(ada.id)).toHaveLength(before + 2)
  })

  test('is owed also by somebody who added the factor while the password was compared', async () => {
    const ada = await newPersonWithTotp()
    const ctx = await makeCtx(env, { kind: 'anonymous' }, { later() {} })
    const [user] = await rows('SELECT password_hash AS hash FROM users WHERE id = ?', ada.id)
    const before = await sessionsOf(ada.id)
    const proven = { passwordHash: String(user?.hash), newHash: null, address: 'unknown', throttleKeys: [] }
    const nothing = selectMe(ctx, ada.id)
    expect(await startSession(ctx, newSession(ctx, ada.id, 'bearer'), proven, nothing)).toBeNull()
    expect(await sessionsOf(ada.id)).toEqual(before)
  })

  test('of fifty wrong codes at once, compares five, and then the right one is too late', async () => {
    const ada = await newPersonWithTotp()
    const [mfaToken, right] = [await begin(ada.email), await ada.phone.code()]
    const codes = Array.from({ length: 50 }, (_, at) => String((Number(right) + 1 + at) % 1_000_000).padStart(6, '0'))
    const all = await Promise.all(codes.map((code) => verify({ mfaToken, code })))
    expect(all.filter(({ body }) => body.code === 'auth.mfa_code_invalid')).toHaveLength(5)
    expect(all.filter(({ body }) => body.code === 'auth.mfa_token_invalid')).toHaveLength(45)
    expect((await auditOf(ada.id)).filter((event) => event === 'login.failed')).toHaveLength(5)
    expect(outcome(await verify({ mfaToken, code: right }))).toEqual([401, 'auth.mfa_token_invalid'])
    expect((await logInFully(ada)).status).toBe(200)
  })

  test('that stops there ten times within an hour is held up, but not where the owner signs in', async () => {
    const ada = await newPersonWithTotp()
    const from = (address: string) => ({ 'CF-Connecting-IP': address })
    const home = await logIn(ada.email, goodPassword, from('192.0.2.77'))
    expect(
      (await verify({ mfaToken: home.body.mfaToken, code: await ada.phone.code() }, from('192.0.2.77'))).status,
    ).toBe(200)
    const elsewhere = await Promise.all(
      Array.from({ length: 14 }, (_, at) => logIn(ada.email, goodPassword, from(`198.51.100.${at}`))),
    )
    expect(elsewhere.filter(({ status }) => status === 200)).toHaveLength(10)
    // Those that were refused have left nothing.
    expect(await rows('SELECT user_id FROM mfa_challenges WHERE user_id = ?', ada.id)).toHaveLength(11)
    expect((await auditOf(ada.id)).filter((event) => event === 'login.second_factor_asked')).toHaveLength(11)
    const [held] = elsewhere.filter(({ status }) => status === 429)
    expect(Number(held?.headers.get('Retry-After'))).toBeGreaterThan(3000)
    expect((await logIn(ada.email, goodPassword, from('192.0.2.77'))).status).toBe(200)
    pass(60 * minute)
    expect((await logIn(ada.email, goodPassword, from('198.51.100.200'))).status).toBe(200)
  })

  test('that is finished does not count against the next ones', async () => {
    const ada = await newPersonWithTotp()
    for (let at = 0; at < 12; at += 1) {
      pass(minute)
      expect((await logInFully(ada)).status).toBe(200)
    }
  })

  test('is over after ten minutes, and the sweep forgets it', async () => {
    const ada = await newPersonWithTotp()
    const mfaToken = await begin(ada.email)
    pass(10 * minute)
    expect(outcome(await verify({ mfaToken, code: await ada.phone.code() }))).toEqual([401, 'auth.mfa_token_invalid'])
    await sweepSignIns(await makeCtx(env, { kind: 'cron' }, { later() {} }))
    expect(await rows('SELECT * FROM mfa_challenges WHERE user_id = ?', ada.id)).toEqual([])
  })

  test('is over when the password has changed, or the account is closed', async () => {
    const ada = await newPersonWithTotp()
    const first = await begin(ada.email)
    await rows(`UPDATE users SET password_hash = 'another' WHERE id = ?`, ada.id)
    expect(outcome(await verify({ mfaToken: first, code: await ada.phone.code() }))).toEqual([
      401,
      'auth.mfa_token_invalid',
    ])
    const bob = await newPersonWithTotp()
    const second = await begin(bob.email)
    await rows(`UPDATE users SET status = 'suspended' WHERE id = ?`, bob.id)
    expect(outcome(await verify({ mfaToken: second, code: await bob.phone.code() }))).toEqual([
      401,
      'auth.mfa_token_invalid',
    ])
  })

  test("does not take another person's code", async () => {
    const [ada, bob] = [await newPersonWithTotp(), await newPersonWithTotp()]
    expect(outcome(await verify({ mfaToken: await begin(ada.email), code: await bob.phone.code() }))).toEqual([
      401,
      'auth.mfa_code_invalid',
    ])
    expect(outcome(await verify({ mfaToken: await begin(ada.email), code: bob.recoveryCodes[0] }))).toEqual([
      401,
      'auth.mfa_code_invalid',
    ])
  })

  test('that was begun for cookies sets cookies, and only for our own pages', async () => {
    const ada = await newPersonWithTotp()
    const own = { Origin: origin }
    const cookies = { email: ada.email, password: goodPassword, transport: 'cookie' }
    const login = await call('POST', '/auth/login', cookies, own)
    expect(login.body.mfaRequired).toBe(true)
    const body = { mfaToken: login.body.mfaToken, code: await ada.phone.code() }
    expect(outcome(await verify(body, { Origin: 'https://elsewhere.test' }))).toEqual([403, 'request.cross_site'])
    const reply = await verify(body, own)
    expect(Object.keys(reply.body)).toEqual(['user', 'expiresIn'])
    expect(cookiesOf(reply)).toContain('__Host-studyhall_access=')
    const who = await call('GET', '/users/me', undefined, { Cookie: cookiesOf(reply) })
    expect(who.body.id).toBe(ada.id)
  })

  test.each([
    [{}],
    [{ mfaToken: 'x' }],
    [{ mfaToken: 'x', code: '123456', passkey: {} }],
    [{ mfaToken: 'x', code: 123456 }],
    [{ mfaToken: 'x', code: '123456', userId: 'usr_x' }],
  ])('is not ended by %j', async (body) => {
    expect(outcome(await verify(body))).toEqual([422, 'request.invalid'])
  })

  test('is not ended with a token that we did not make', async () => {
    expect(outcome(await verify({ mfaToken: 'A'.repeat(27), code: '123456' }))).toEqual([401, 'auth.mfa_token_invalid'])
  })
})

describe('a recovery code', () => {
  test('stands for the app, once, in any spelling', async () => {
    const ada = await newPersonWithTotp()
    const code = ada.recoveryCodes[0]?.toLowerCase().replaceAll('-', ' ')
    expect((await verify({ mfaToken: await begin(ada.email), code })).status).toBe(200)
    expect((await ada.as('GET', '/auth/mfa')).body.recoveryCodesLeft).toBe(9)
    expect(outcome(await verify({ mfaToken: await begin(ada.email), code }))).toEqual([401, 'auth.mfa_code_invalid'])
  })

  test('of eight uses at once, opens one session', async () => {
    const ada = await newPersonWithTotp()
    const tokens = []
    for (let at = 0; at < 8; at += 1) tokens.push(await begin(ada.email))
    const all = await Promise.all(tokens.map((mfaToken) => verify({ mfaToken, code: ada.recoveryCodes[3] })))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('is void when new ones are made', async () => {
    const ada = await newPersonWithTotp()
    const { body } = await ada.as('POST', '/auth/mfa/recovery-codes', { password: goodPassword })
    expect(body.recoveryCodes).toHaveLength(10)
    expect(outcome(await verify({ mfaToken: await begin(ada.email), code: ada.recoveryCodes[0] }))[0]).toBe(401)
    expect((await verify({ mfaToken: await begin(ada.email), code: body.recoveryCodes[0] })).status).toBe(200)
    const bob = await newPerson()
    expect(outcome(await bob.as('POST', '/auth/mfa/recovery-codes'))).toEqual([409, 'auth.mfa_off'])
    expect(await auditOf(bob.id)).toEqual(['user.registered'])
  })
})

describe('to take the authenticator app off', () => {
  test('needs the password, however fresh the sign-in, and a code', async () => {
    const ada = await newPersonWithTotp()
    const off = (body: unknown) => ada.as('DELETE', '/auth/mfa/totp', body)
    expect(outcome(await off({ code: await ada.phone.code() }))).toEqual([403, 'auth.fresh_sign_in_required'])
    expect(outcome(await off({ password: 'not this one', code: await ada.phone.code() }))).toEqual([
      401,
      'auth.invalid_credentials',
    ])
    expect(outcome(await off({ password: goodPassword }))).toEqual([422, 'request.invalid'])
    expect(outcome(await off({ password: goodPassword, code: '000000' }))).toEqual([401, 'auth.mfa_code_invalid'])
    expect((await ada.as('GET', '/auth/mfa')).body).toEqual({ totp: true, passkeys: 0, recoveryCodesLeft: 10 })
    expect((await off({ password: goodPassword, code: await ada.phone.code() })).status).toBe(204)
    expect((await ada.as('GET', '/auth/mfa')).body).toEqual({ totp: false, passkeys: 0, recoveryCodesLeft: 0 })
    expect((await logIn(ada.email, goodPassword)).body).toHaveProperty('accessToken')
    expect((await auditOf(ada.id)).filter((event) => String(event).includes('removed'))).toEqual(['mfa.totp_removed'])
    expect(outcome(await off({ password: goodPassword, code: '000000' }))).toEqual([404, 'auth.totp_off'])
  })

  test('a recovery code is as good as the app', async () => {
    const ada = await newPersonWithTotp()
    const body = { password: goodPassword, code: ada.recoveryCodes[9] }
    expect((await ada.as('DELETE', '/auth/mfa/totp', body)).status).toBe(204)
  })

  test('of fifty wrong codes at once, compares ten at most', async () => {
    const ada = await newPersonWithTotp()
    const right = Number(await ada.phone.code())
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, at) => {
        const code = String((right + 1 + at) % 1_000_000).padStart(6, '0')
        return ada.as('DELETE', '/auth/mfa/totp', { password: goodPassword, code })
      }),
    )
    expect(all.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10)
    expect(all.filter(({ status }) => status === 204)).toEqual([])
  })
})

test('recovery codes are ten, all different, and known in any spelling, to their owner only', async () => {
  const codes = makeRecoveryCodes()
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) expect(code).toMatch(/^(?:[2-9A-HJKMNP-TV-Z]{6}-){3}[2-9A-HJKMNP-TV-Z]{6}$/)
  const [code = ''] = codes
  const read = readCode(` ${code.toLowerCase().replaceAll('-', ' ')} `)
  expect(read?.kind).toBe('recovery_code')
  expect(await hashRecoveryCode('usr_a', read?.code ?? '')).toBe(await hashRecoveryCode('usr_a', code))
  expect(await hashRecoveryCode('usr_b', code)).not.toBe(await hashRecoveryCode('usr_a', code))
})

const secret = Uint8Array.from(new TextEncoder().encode('12345678901234567890'))

const ring = (...ids: string[]) =>
  ({ MFA_KEY: ids.map((id) => ({ id, bytes: new Uint8Array(32).fill(id.charCodeAt(0)) })) }) as Parameters<
    typeof seal
  >[0]

test('a sealed secret opens for its owner alone, also after the key has been replaced', async () => {
  const sealed = await seal(ring('a'), 'usr_ada', secret)
  expect(sealed).not.toContain(base32(secret))
  expect(await unseal(ring('b', 'a'), 'usr_ada', sealed)).toEqual(secret)
  await expect(unseal(ring('a'), 'usr_bob', sealed)).rejects.toThrow()
  await expect(unseal(ring('b'), 'usr_ada', sealed)).rejects.toThrow('MFA_KEY')
  const changed = sealed.slice(0, -2) + (sealed.endsWith('A') ? 'BB' : 'AA')
  await expect(unseal(ring('a'), 'usr_ada', changed)).rejects.toThrow()
  expect(await seal(ring('a'), 'usr_ada', secret)).not.toBe(sealed)
})
