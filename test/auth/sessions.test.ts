import { env } from 'cloudflare:workers'
import { importJWK, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../src/app/config'
import { makeCtx } from '../../src/app/request-context'
import { rememberSessionChannel } from '../../src/auth/actions/remember-session-channel'
import { requireSession } from '../../src/auth/actions/require-session'
import { takeFromThrottle } from '../../src/auth/actions/throttle'
import { sweepEndedSessions, sweepThrottles, sweepTraces } from '../../src/auth/jobs'
import { findRefreshable, rotateSession } from '../../src/auth/store'
import { newId } from '../../src/shared/ids'
import { auditOf, cookiesOf, goodPassword, logIn, me, refresh, register, rows } from '../support/accounts'
import { call, countingEnv, origin, type Person, requestOf, signUp, startSession } from '../support/people'

const day = 24 * 60 * 60_000
const settings = readConfig(env)
if (!settings.ok) throw new Error('the settings are not right')
const { config } = settings

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

const sessionOf = async (id: string) => (await rows('SELECT * FROM sessions WHERE id = ?', id))[0]
const sessionIdOf = (refreshToken: string) => refreshToken.split('.')[1] ?? ''

describe('an access token', () => {
  test('costs one round trip and touches one session and one account', async () => {
    const ada = await signUp()
    const counting = countingEnv()
    const ctx = await makeCtx(counting.env, { kind: 'anonymous' }, { later() {} })
    expect(await requireSession(ctx, ada.accessToken, 'bearer')).toMatchObject({ userId: ada.id, role: 'student' })
    expect(counting.counts).toMatchObject({ roundTrips: 1, statements: 1 })
    expect(counting.counts.rowsRead).toBeLessThanOrEqual(4)
  })

  test('lives fifteen minutes', async () => {
    const ada = await signUp()
    pass(15 * 60_000 - 1000)
    expect((await me(ada.accessToken)).status).toBe(200)
    pass(1000)
    expect((await me(ada.accessToken)).body.code).toBe('auth.token_expired')
  })

  test.each([
    ['has ended', 'UPDATE sessions SET ended_at = 1 WHERE user_id = ?'],
    ['was idle for too long', 'UPDATE sessions SET expires_at = 1 WHERE user_id = ?'],
    ['is too old', 'UPDATE sessions SET ends_at = 1 WHERE user_id = ?'],
    ['belongs to a suspended account', "UPDATE users SET status = 'suspended' WHERE id = ?"],
    ['belongs to a deleted account', "UPDATE users SET status = 'deleted' WHERE id = ?"],
  ])('is refused when its session %s', async (_what, change) => {
    const ada = await signUp()
    expect((await me(ada.accessToken)).status).toBe(200)
    await rows(change, ada.id)
    expect((await me(ada.accessToken)).body).toMatchObject({ status: 401, code: 'auth.token_invalid' })
  })

  describe('that is not ours is refused:', () => {
    let ada: Person
    beforeEach(async () => {
      ada = await signUp()
    })

    const encode = (value: unknown) =>
      new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: 'base64url', omitPadding: true })
    const [signer] = config.TOKEN_SIGNING_KEYS

    /** A token that is right in all but what is changed. */
    async function forge(
      header: Record<string, unknown>,
      claims: Record<string, unknown>,
      key?: CryptoKey | Uint8Array,
    ) {
      const now = Math.floor(Date.now() / 1000)
      const all = { iss: config.PUBLIC_URL || 'studyhall', aud: 'studyhall', sub: ada.id, sid: ada.sessionId, jti: 'x' }
      const payload = { ...all, iat: now, exp: now + 900, ...claims }
      const own = await importJWK({ ...signer, kty: 'OKP' }, 'EdDSA')
      return new SignJWT(JSON.parse(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: signer?.kid, ...header })
        .sign(key ?? own)
    }

    test('the forger of this test makes a good one when nothing is changed', async () => {
      expect((await me(await forge({}, {}))).status).toBe(200)
    })

    test.each([
      ['another issuer', {}, { iss: 'https://evil.test' }],
      ['another audience', {}, { aud: 'payroll' }],
      ['another type', { typ: 'JWT' }, {}],
      ['an unknown key id', { kid: 'other' }, {}],
      ['no key id', { kid: undefined }, {}],
      ['no end', {}, { exp: undefined }],
      ['no subject', {}, { sub: undefined }],
      ['no session', {}, { sid: undefined }],
      ['no id', {}, { jti: undefined }],
      ['a subject that is a number', {}, { sub: 7 }],
      ["somebody else's subject", {}, { sub: newId('user') }],
      ['a session that is not there', {}, { sid: newId('session') }],
    ])('%s', async (_what, header, claims) => {
      expect((await me(await forge(header, claims))).body).toMatchObject({ status: 401, code: 'auth.token_invalid' })
    })

    test('no algorithm', async () => {
      const [, payload] = (await forge({}, {})).split('.')
      for (const alg of ['none', 'None', 'NONE'])
        for (const signature of ['', 'AAAA'])
          expect((await me(`${encode({ alg, typ: 'at+jwt' })}.${payload}.${signature}`)).body.code).toBe(
            'auth.token_invalid',
          )
    })

    test('HMAC with our public key as its secret', async () => {
      const { x = '' } = (await call('GET', '//.well-known/jwks.json')).body.keys[0]
      for (const secret of [Uint8Array.fromBase64(x, { alphabet: 'base64url' }), new TextEncoder().encode(x)])
        expect((await me(await forge({ alg: 'HS256' }, {}, secret))).body.code).toBe('auth.token_invalid')
    })

    test("another's key under our key id, or in the header", async () => {
      const other = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
      const jwk = (await crypto.subtle.exportKey('jwk', other.publicKey)) as JsonWebKey
      expect((await me(await forge({}, {}, other.privateKey))).body.code).toBe('auth.token_invalid')
      expect((await me(await forge({ jwk }, {}, other.privateKey))).body.code).toBe('auth.token_invalid')
    })

    test('one letter changed', async () => {
      const [header, payload, signature = ''] = (await forge({}, {})).split('.')
      const changed = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
      expect((await me(`${header}.${payload}.${changed}`)).body.code).toBe('auth.token_invalid')
    })

    test('an expired one that is forged does not even hear that it is expired', async () => {
      const other = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
      expect((await me(await forge({}, { exp: 1 }, other.privateKey))).body.code).toBe('auth.token_invalid')
    })

    test('things that are no token at all', async () => {
      for (const token of ['x', 'a.b.c', '..', 'e'.repeat(10_000), await forge({ pad: 'x'.repeat(3000) }, {})])
        expect((await me(token)).body.code).toBe('auth.token_invalid')
      for (const Authorization of ['Bearer', 'Basic YTpi', `Bearer ${ada.accessToken} x`])
        expect((await call('GET', '/users/me', undefined, { Authorization })).status).toBe(401)
      expect((await call('GET', '/users/me')).body.code).toBe('auth.required')
    })
  })

  test('and a refresh token are never taken for each other', async () => {
    const { body } = await register()
    expect((await me(body.refreshToken)).body.code).toBe('auth.token_invalid')
    expect((await refresh(body.accessToken)).body.code).toBe('auth.token_invalid')
  })

  test('can be checked by others with the published keys, which are public only', async () => {
    const reply = await call('GET', '//.well-known/jwks.json')
    expect(reply.headers.get('Cache-Control')).toBe('public, max-age=300')
    expect(reply.body.keys).toHaveLength(1)
    const { x, kid } = config.TOKEN_SIGNING_KEYS[0] ?? {}
    expect(reply.body.keys[0]).toEqual({ kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' })
  })
})

describe('a refresh', () => {
  test('gives a new pair, and the session lives on', async () => {
    const { body } = await register()
    pass(6 * day)
    const reply = await refresh(body.refreshToken)
    expect([reply.status, Object.keys(reply.body).sort()]).toEqual([200, ['accessToken', 'expiresIn', 'refreshToken']])
    expect((await me(reply.body.accessToken)).body.lastActiveAt).toBe(new Date(Date.now()).toISOString())
    pass(6 * day)
    expect((await refresh(reply.body.refreshToken)).status).toBe(200)
  })

  test('twenty at once rotate once, and all get the same next token', async () => {
    const { body } = await register()
    const replies = await Promise.all(Array.from({ length: 20 }, () => refresh(body.refreshToken)))
    expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(new Set(replies.map((reply) => reply.body.refreshToken)).size).toBe(1)
    expect(await sessionOf(sessionIdOf(body.refreshToken))).toMatchObject({ refresh_n: 1, ended_at: null })
    expect((await refresh(replies[0]?.body.refreshToken)).status).toBe(200)
  })

  test('of ten that have read the same state, one rotates', async () => {
    const { body } = await register()
    const ctx = await makeCtx(env, { kind: 'anonymous' }, { later() {} })
    const found = await findRefreshable(ctx, sessionIdOf(body.refreshToken))
    if (!found) throw new Error('the session is not there')
    const throttle = { name: 'try', key: 'try:rotate', max: 100, windowMs: 1000 }
    const rotations = await Promise.all(
      Array.from({ length: 10 }, () => rotateSession(ctx, found.session, throttle, found.session.refreshKeyId)),
    )
    expect(rotations.filter(({ rotated }) => rotated)).toHaveLength(1)
    expect(rotations.map(({ session }) => session?.refreshN)).toEqual(Array(10).fill(1))
  })

  test('whose reply was lost can be asked for again within 30 seconds, and writes nothing to the session', async () => {
    const { body } = await register()
    const first = await refresh(body.refreshToken)
    const written = await sessionOf(sessionIdOf(body.refreshToken))
    pass(30_000)
    const again = await refresh(body.refreshToken)
    expect(again.body.refreshToken).toBe(first.body.refreshToken)
    expect((await me(again.body.accessToken)).status).toBe(200)
    expect(await sessionOf(sessionIdOf(body.refreshToken))).toEqual(written)
  })

  test.each([
    ['the last one after 30 seconds', 1, 30_001],
    ['one that is two behind, at once', 2, 0],
  ])('with %s ends the session, its access tokens and its sockets, with one audit row', async (_what, behind, wait) => {
    const { body } = await register()
    let newest = body
    for (let at = 0; at < behind; at += 1) newest = (await refresh(newest.refreshToken)).body
    await rows("INSERT INTO session_channels VALUES (?, 'room_x', 0)", sessionIdOf(body.refreshToken))
    pass(wait)
    const dropped: string[] = []
    const counting = countingEnv({ STUDY_ROOM: rooms(async (_room, session) => void dropped.push(session)) })
    const replay = () => counting.fetch(requestOf('POST', '/auth/refresh', { refreshToken: body.refreshToken }))
    const replays = await Promise.all([replay(), replay(), replay()])
    expect(replays.map((reply) => reply.body.code)).toEqual(Array(3).fill('auth.token_invalid'))
    expect((await me(newest.accessToken)).body.code).toBe('auth.token_invalid')
    expect((await refresh(newest.refreshToken)).status).toBe(401)
    expect(dropped).toEqual([sessionIdOf(body.refreshToken)])
    expect(await auditOf(body.user.id)).toEqual(['user.registered', 'session.reuse_detected'])
    expect(await sessionOf(sessionIdOf(body.refreshToken))).toMatchObject({ end_reason: 'reuse' })
  })

  test('is good for its own number and its own salt', async () => {
    const { body } = await register()
    const [form, sid = '', , mac] = body.refreshToken.split('.')
    const newest = (await refresh(body.refreshToken)).body.refreshToken
    expect((await refresh(`${form}.${sid}.1.${mac}`)).status).toBe(401)
    expect(await sessionOf(sid)).toMatchObject({ refresh_n: 1, ended_at: null })
    await rows('UPDATE sessions SET refresh_salt = ? WHERE id = ?', 'AAAAAAAAAAAAAAAAAAAAAA==', sid)
    expect((await refresh(newest)).status).toBe(401)
    expect(await sessionOf(sid)).toMatchObject({ refresh_n: 1, ended_at: null })
  })

  test.each([
    ['the end of its session', 'UPDATE sessions SET ended_at = 1 WHERE user_id = ?'],
    ['the end of its account', "UPDATE users SET status = 'suspended' WHERE id = ?"],
  ])('that meets %s between reading and writing rotates nothing', async (_what, change) => {
    const { body } = await register()
    const ctx = await makeCtx(env, { kind: 'anonymous' }, { later() {} })
    const found = await findRefreshable(ctx, sessionIdOf(body.refreshToken))
    if (!found) throw new Error('the session is not there')
    await rows(change, body.user.id)
    const throttle = { name: 'try', key: `try:${body.user.id}`, max: 100, windowMs: 1000 }
    expect(await rotateSession(ctx, found.session, throttle, found.session.refreshKeyId)).toMatchObject({
      rotated: false,
    })
    expect(await sessionOf(found.session.id)).toMatchObject({ refresh_n: 0 })
  })

  test('is not repeated once the session has ended', async () => {
    const { body } = await register()
    const newer = (await refresh(body.refreshToken)).body
    await call('POST', '/auth/logout', { refreshToken: newer.refreshToken })
    expect((await refresh(body.refreshToken)).body.code).toBe('auth.token_invalid')
  })

  test('with a wrong MAC is 401 and changes nothing', async () => {
    const { body } = await register()
    const [form, sid, , mac = ''] = body.refreshToken.split('.')
    const before = [await sessionOf(sid), await rows('SELECT * FROM throttles')]
    for (const forged of [
      `${form}.${sid}.0.${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`,
      `${form}.${sid}.1.${mac}`,
      `${form}.${newId('session')}.0.${mac}`,
      `${form}.${sid}.00.${mac}`,
      `${form}.${sid}.-1.${mac}`,
      `rt2.${sid}.0.${mac}`,
      `${body.refreshToken} `,
      'rt1...',
    ]) {
      const reply = await refresh(forged)
      expect([forged, reply.status, reply.body.code]).toEqual([forged, 401, 'auth.token_invalid'])
    }
    expect([await sessionOf(sid), await rows('SELECT * FROM throttles')]).toEqual(before)
    expect(await auditOf(body.user.id)).toEqual(['user.registered'])
    expect((await refresh(body.refreshToken)).status).toBe(200)
  })

  test('comes too late after seven idle days, and after thirty days in all', async () => {
    const idle = await register()
    pass(7 * day)
    expect((await refresh(idle.body.refreshToken)).status).toBe(401)
    const busy = await register()
    let { refreshToken } = busy.body
    for (let at = 0; at < 4; at += 1) {
      pass(6 * day)
      refreshToken = (await refresh(refreshToken)).body.refreshToken
    }
    pass(6 * day - 1)
    expect((await refresh(refreshToken)).status).toBe(200)
    expect((await sessionOf(sessionIdOf(refreshToken)))?.expires_at).toBe(Date.now() + 1)
    pass(1)
    expect((await refresh(refreshToken)).status).toBe(401)
  })

  test('is refused to a suspended account', async () => {
    const { body } = await register()
    await rows("UPDATE users SET status = 'suspended' WHERE id = ?", body.user.id)
    expect((await refresh(body.refreshToken)).status).toBe(401)
    expect(await sessionOf(sessionIdOf(body.refreshToken))).toMatchObject({ refresh_n: 0 })
  })

  test('is counted for each session, and a refusal rotates nothing', async () => {
    const counting = countingEnv({ REFRESHES_PER_SESSION: '3' } as Partial<Env>)
    const { body } = await register()
    let { refreshToken } = body
    const next = () => counting.fetch(requestOf('POST', '/auth/refresh', { refreshToken }))
    for (let at = 0; at < 3; at += 1) refreshToken = (await next()).body.refreshToken
    const reply = await next()
    expect([reply.status, reply.headers.get('RateLimit-Policy')]).toEqual([429, '"refresh";q=3;w=300'])
    expect(await sessionOf(sessionIdOf(refreshToken))).toMatchObject({ refresh_n: 3 })
    pass(5 * 60_000)
    expect((await next()).status).toBe(200)
  })

  test('goes on over a change of keys, and ends with the key that made the token', async () => {
    const { body } = await register()
    const [old] = (env as unknown as { REFRESH_KEYS: string }).REFRESH_KEYS.split(',')
    const fresh = `new:${crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: 'base64url' })}`
    const under = (keys: string, refreshToken: string) =>
      countingEnv({ REFRESH_KEYS: keys } as Partial<Env>).fetch(requestOf('POST', '/auth/refresh', { refreshToken }))
    expect((await under(fresh, body.refreshToken)).status).toBe(401)
    const moved = await under(`${fresh},${old}`, body.refreshToken)
    expect(moved.status).toBe(200)
    const again = await under(`${fresh},${old}`, body.refreshToken)
    expect(again.body.refreshToken).toBe(moved.body.refreshToken)
    expect((await under(fresh, moved.body.refreshToken)).status).toBe(200)
  })

  test('by cookie sets cookies, shows no token, and keeps cookies when it is refused', async () => {
    const first = await register({ transport: 'cookie' }, { Origin: origin })
    const ours = { Cookie: cookiesOf(first), Origin: origin }
    const reply = await call('POST', '/auth/refresh', undefined, ours)
    expect([reply.status, reply.body]).toEqual([200, { expiresIn: 900 }])
    expect((await call('GET', '/users/me', undefined, { Cookie: cookiesOf(reply) })).status).toBe(200)
    expect((await call('POST', '/auth/refresh', {}, { Cookie: ours.Cookie })).body.code).toBe('request.cross_site')
    pass(31_000)
    const refused = await call('POST', '/auth/refresh', {}, ours)
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([401, []])
  })

  test('never turns a cookie into a token in a body', async () => {
    const first = await register({ transport: 'cookie' }, { Origin: origin })
    const stolen = /refresh=([^;]+)/.exec(cookiesOf(first))?.[1] ?? ''
    expect((await refresh(stolen)).status).toBe(401)
    expect((await refresh((await register()).body.refreshToken)).status).toBe(200)
    expect((await call('POST', '/auth/refresh', {})).body.code).toBe('auth.required')
  })
})

describe('to sign out', () => {
  test('works at once with an access token, even an expired one, or a refresh token, even a used one', async () => {
    const byAccess = (await register()).body
    const bearer = { Authorization: `Bearer ${byAccess.accessToken}` }
    pass(20 * 60_000)
    const reply = await call('POST', '/auth/logout', undefined, bearer)
    expect([reply.status, reply.headers.get('Clear-Site-Data')]).toEqual([204, '"cache", "storage"'])
    expect((await refresh(byAccess.refreshToken)).status).toBe(401)
    expect(await auditOf(byAccess.user.id)).toEqual(['user.registered', 'session.ended'])

    const byRefresh = (await register()).body
    const newer = (await refresh(byRefresh.refreshToken)).body
    await call('POST', '/auth/logout', { refreshToken: byRefresh.refreshToken })
    expect((await me(newer.accessToken)).body.code).toBe('auth.token_invalid')
    expect(await auditOf(byRefresh.user.id)).toEqual(['user.registered', 'session.ended'])
  })

  test('by cookie clears our cookies by name, and only for our own pages', async () => {
    const first = await register({ transport: 'cookie' }, { Origin: origin })
    const Cookie = cookiesOf(first)
    expect((await call('POST', '/auth/logout', {}, { Cookie, Origin: 'https://evil.test' })).status).toBe(403)
    expect((await call('GET', '/users/me', undefined, { Cookie })).status).toBe(200)
    const reply = await call('POST', '/auth/logout', {}, { Cookie, Origin: origin })
    expect(reply.status).toBe(204)
    expect(reply.headers.getSetCookie().map((line) => line.replace(/;.*Max-Age=0;.*/, ' is gone'))).toEqual([
      '__Host-studyhall_access= is gone',
      '__Host-studyhall_refresh= is gone',
    ])
    expect((await call('GET', '/users/me', undefined, { Cookie })).status).toBe(401)
  })

  test('answers 204 to whatever comes, and clears nothing for a stranger', async () => {
    const bodies = [undefined, {}, { refreshToken: 'rubbish' }]
    for (const body of bodies) {
      const reply = await call('POST', '/auth/logout', body)
      expect([reply.status, reply.headers.get('Clear-Site-Data')]).toEqual([204, null])
      expect((await call('POST', '/auth/logout-all', body)).status).toBe(204)
    }
    expect((await call('POST', '/auth/logout', {}, { Authorization: 'Bearer rubbish' })).status).toBe(204)
  })

  test('ten times at once is one end and one audit row', async () => {
    const ada = await signUp()
    await Promise.all(Array.from({ length: 10 }, () => ada.call('POST', '/auth/logout')))
    expect(await auditOf(ada.id)).toEqual(['session.ended'])
  })

  test('everywhere ends all sessions of the person, nobody else’s, with one audit row', async () => {
    const ada = await signUp()
    const [other, third, bob] = [await startSession(ada), await startSession(ada), await signUp()]
    await ada.call('POST', '/auth/logout')
    expect((await ada.call('POST', '/auth/logout-all')).status).toBe(204)
    expect((await me(third.accessToken)).status).toBe(200)
    await other.call('POST', '/auth/logout-all')
    for (const person of [ada, other, third]) expect((await me(person.accessToken)).status).toBe(401)
    expect((await me(bob.accessToken)).status).toBe(200)
    expect(await auditOf(ada.id)).toEqual(['session.ended', 'sessions.ended'])
  })
})

const marks = (person: Person) =>
  rows('SELECT channel_id, unsynced FROM session_channels WHERE session_id = ? ORDER BY channel_id', person.sessionId)

describe('the sockets of a session that ends', () => {
  const remember = async (person: Person, channelId: string) => {
    const actor = { kind: 'user', userId: person.id, sessionId: person.sessionId } as const
    const ctx = await makeCtx(
      env,
      { ...actor, sessionEndsAt: 0, role: 'student', verified: false, transport: 'bearer' },
      { later() {} },
    )
    await rememberSessionChannel(ctx, channelId)
  }
  test.each(['before', 'after'])('are not opened by a ticket that is being made while it ends: %s', async (when) => {
    const ada = await signUp()
    const { id } = (await ada.call('POST', '/rooms', { name: 'Nightly' })).body
    const bearer = { Authorization: `Bearer ${ada.accessToken}` }
    const logOut = () => call('POST', '/auth/logout', undefined, bearer)
    const getByName = (name: string) => ({
      issueTicket: async (...visitor: Parameters<ReturnType<Env['STUDY_ROOM']['getByName']>['issueTicket']>) => {
        if (when === 'before') await logOut()
        const ticket = await env.STUDY_ROOM.getByName(name).issueTicket(...visitor)
        if (when === 'after') await logOut()
        return ticket
      },
    })
    const counting = countingEnv({ STUDY_ROOM: { getByName } as unknown as Env['STUDY_ROOM'] })
    const ask = () => counting.fetch(requestOf('POST', '/ws/tickets', { channelId: id }, bearer))
    expect(await ask()).toMatchObject({ status: 401, body: { code: 'auth.token_invalid' } })
    expect(await marks(ada)).toEqual([])
  })

  test('are closed in exactly the channels that it opened', async () => {
    const ada = await signUp()
    for (const channel of ['room_a', 'room_b', 'room_a']) await remember(ada, channel)
    const drops: string[] = []
    const counting = countingEnv({ STUDY_ROOM: rooms(async (room, session) => void drops.push(`${room} ${session}`)) })
    const bearer = { Authorization: `Bearer ${ada.accessToken}` }
    await counting.fetch(requestOf('POST', '/auth/logout', undefined, bearer))
    expect(drops.sort()).toEqual([`room_a ${ada.sessionId}`, `room_b ${ada.sessionId}`])
    expect(await marks(ada)).toEqual([])
  })

  test('are closed by the sweep when an object does not answer, and the others are not held up', async () => {
    const ada = await signUp()
    for (const channel of ['room_a', 'room_b']) await remember(ada, channel)
    let tries = 0
    const broken = rooms(async (room) => {
      if (room !== 'room_a') return
      tries += 1
      throw new Error('no answer')
    })
    const bearer = { Authorization: `Bearer ${ada.accessToken}` }
    const reply = await countingEnv({ STUDY_ROOM: broken }).fetch(requestOf('POST', '/auth/logout', undefined, bearer))
    expect([reply.status, tries]).toEqual([204, 3])
    expect(await marks(ada)).toEqual([{ channel_id: 'room_a', unsynced: 1 }])
    await sweepEndedSessions(await makeCtx({ ...env, STUDY_ROOM: broken }, { kind: 'cron' }, { later() {} }))
    expect(await marks(ada)).toHaveLength(1)
    await sweepEndedSessions(await makeCtx(env, { kind: 'cron' }, { later() {} }))
    expect(await marks(ada)).toEqual([])
  })

  test('are not remembered any more once it has ended', async () => {
    const ada = await signUp()
    await ada.call('POST', '/auth/logout')
    await expect(remember(ada, 'room_a')).rejects.toMatchObject({ definition: { code: 'auth.token_invalid' } })
    expect(await marks(ada)).toEqual([])
  })
})

describe('the list of sessions', () => {
  test('shows the open ones, the latest first, and which one this is', async () => {
    const { body, input } = await register(
      {},
      { 'User-Agent': 'Firefox on a desk', 'CF-Connecting-IP': '2001:db8:1:2::7' },
    )
    pass(1000)
    const second = await logIn(input.email, goodPassword)
    const bearer = { Authorization: `Bearer ${body.accessToken}` }
    const list = await call('GET', '/auth/sessions', undefined, bearer)
    expect(list.body.nextCursor).toBeNull()
    expect(list.body.data.map((one: { current: boolean }) => one.current)).toEqual([false, true])
    expect(list.body.data[1]).toEqual({
      id: sessionIdOf(body.refreshToken),
      device: 'Firefox on a desk',
      address: '2001:db8:1:2::/64',
      createdAt: expect.stringMatching(/Z$/),
      lastUsedAt: expect.stringMatching(/Z$/),
      expiresAt: expect.stringMatching(/Z$/),
      current: true,
    })
    const revoked = await call('DELETE', `/auth/sessions/${list.body.data[0].id}`, undefined, bearer)
    expect(revoked.status).toBe(204)
    expect((await me(second.body.accessToken)).status).toBe(401)
    expect((await call('GET', '/auth/sessions', undefined, bearer)).body.data).toHaveLength(1)
    expect((await auditOf(body.user.id)).at(-1)).toBe('session.revoked')
  })

  test("has somebody else's session as little as one that is not there", async () => {
    const [ada, bob] = [await signUp(), await signUp()]
    const foreign = await ada.call('DELETE', `/auth/sessions/${bob.sessionId}`)
    const absent = await ada.call('DELETE', `/auth/sessions/${newId('session')}`)
    expect(foreign.status).toBe(404)
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' })
    expect((await me(bob.accessToken)).status).toBe(200)
    expect(await auditOf(bob.id)).toEqual([])
  })

  test('pages through all of them once, with cursors that serve nobody else', async () => {
    const [ada, bob] = [await signUp(), await signUp()]
    for (let at = 0; at < 4; at += 1) await startSession(ada)
    const seen: string[] = []
    let cursor = ''
    do {
      const { body } = await ada.call('GET', `/auth/sessions?limit=2${cursor && `&cursor=${cursor}`}`)
      seen.push(...body.data.map((one: { id: string }) => one.id))
      cursor = body.nextCursor ?? ''
      if (cursor) expect((await bob.call('GET', `/auth/sessions?cursor=${cursor}`)).body.code).toBe('page.bad_cursor')
    } while (cursor)
    expect(seen).toHaveLength(5)
    expect(new Set(seen).size).toBe(5)
    expect((await ada.call('GET', '/auth/sessions?limit=0')).status).toBe(422)
    expect((await ada.call('GET', '/auth/sessions?all=1')).status).toBe(422)
  })

  test('reads its page and little more, with ten thousand sessions ended and ten thousand open', async ({
    annotate,
  }) => {
    const ada = await signUp()
    await rows(
      `INSERT INTO sessions (id, user_id, refresh_salt, refresh_key_id, transport, created_at, last_used_at, expires_at, ends_at, ended_at)
       SELECT 'ses_' || value, ?, '', '', 'bearer', ?, ?, ? + value, ?, iif(value % 2, 1, NULL)
       FROM json_each((SELECT json_group_array(n) FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT n FROM c)))`,
      ada.id,
      Date.now(),
      Date.now(),
      Date.now() + day,
      Date.now() + 30 * day,
    )
    const counting = countingEnv()
    const bearer = { Authorization: `Bearer ${ada.accessToken}` }
    const { body } = await counting.fetch(requestOf('GET', '/auth/sessions', undefined, bearer))
    expect(body.data).toHaveLength(50)
    await annotate(`GET /auth/sessions of 10,000 open sessions: ${counting.counts.rowsRead} rows read.`, 'measured')
    expect(counting.counts.rowsRead).toBeLessThanOrEqual(200)
    expect(counting.counts.roundTrips).toBe(2)
  })
})

describe('traces of somebody', () => {
  test('go when they are of no use: addresses after 180 days, sessions 90 days after their last possible one', async () => {
    const ada = await signUp()
    const [kept, gone] = [await startSession(ada), await startSession(ada)]
    const now = Date.now()
    await rows('UPDATE sessions SET ends_at = ? WHERE id = ?', now - 90 * day, gone.sessionId)
    await rows('UPDATE sessions SET ends_at = ? WHERE id = ?', now - 90 * day + 1, kept.sessionId)
    await rows("INSERT INTO session_channels VALUES (?, 'room_a', 0)", gone.sessionId)
    for (const [address, at] of [
      ['192.0.2.1', now - 180 * day],
      ['192.0.2.2', now - 180 * day + 1],
    ])
      await rows('INSERT INTO known_addresses VALUES (?, ?, ?)', ada.id, address, at)
    const counting = countingEnv()
    await sweepTraces(await makeCtx(counting.env, { kind: 'cron' }, { later() {} }))
    expect(await rows('SELECT address FROM known_addresses WHERE user_id = ?', ada.id)).toEqual([
      { address: '192.0.2.2' },
    ])
    const left = await rows('SELECT id FROM sessions WHERE user_id = ? ORDER BY id', ada.id)
    expect(left.map(({ id }) => id)).toEqual([ada.sessionId, kept.sessionId].toSorted())
    // Twenty thousand sessions of the test above are not looked at.
    expect(counting.counts.rowsRead).toBeLessThan(30)
    await rows('UPDATE sessions SET ends_at = ? WHERE id = ?', now - 90 * day, kept.sessionId)
    await rows("INSERT INTO session_channels VALUES (?, 'room_a', 1)", kept.sessionId)
    await sweepTraces(await makeCtx(env, { kind: 'cron' }, { later() {} }))
    expect(await marks(kept)).toHaveLength(1)
    await rows('DELETE FROM session_channels WHERE session_id = ?', kept.sessionId)
  })
})

describe('a throttle', () => {
  test('lets exactly as many of fifty tries at once through as it should', async () => {
    const ctx = await makeCtx(env, { kind: 'anonymous' }, { later() {} })
    const throttle = { name: 'try', key: 'try:ada', max: 7, windowMs: 60_000 }
    const tries = await Promise.allSettled(Array.from({ length: 50 }, () => takeFromThrottle(ctx, throttle)))
    expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(7)
    expect(await rows("SELECT count FROM throttles WHERE key = 'try:ada'")).toEqual([{ count: 7 }])
    pass(60_000)
    await takeFromThrottle(ctx, throttle)
    expect(await rows("SELECT count FROM throttles WHERE key = 'try:ada'")).toEqual([{ count: 1 }])
  })

  test('is swept once its window is over', async () => {
    const ctx = await makeCtx(env, { kind: 'cron' }, { later() {} })
    await takeFromThrottle(ctx, { name: 'try', key: 'try:old', max: 1, windowMs: 1000 })
    await takeFromThrottle(ctx, { name: 'try', key: 'try:new', max: 1, windowMs: 2000 })
    pass(1000)
    await sweepThrottles(ctx)
    expect(await rows("SELECT key FROM throttles WHERE key IN ('try:old', 'try:new')")).toEqual([{ key: 'try:new' }])
  })
})

/** Room objects that only know how to drop a session. */
function rooms(dropSession: (channelId: string, sessionId: string) => Promise<void>): Env['STUDY_ROOM'] {
  const getByName = (name: string) => ({ dropSession: (sessionId: string) => dropSession(name, sessionId) })
  return { getByName } as unknown as Env['STUDY_ROOM']
}
