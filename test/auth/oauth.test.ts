import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeCtx } from '../../src/app/request-context'
import { sweepSignIns } from '../../src/auth/jobs'
import { auditOf, cookiesOf, goodPassword, logIn, me, register, rows } from '../support/accounts'
import { makePasskey } from '../support/authenticator'
import { readOutbox } from '../support/outbox'
import { call, countingEnv, origin, type Reply, requestOf, signUp } from '../support/people'
import { ask, clientOf, comeBack, consent, linkOf, mistakes, provide, settings, stranger } from './oauth-providers'

const minute = 60_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
  mistakes.now = {}
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => provide(new Request(input, init)))
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const outcome = ({ status, body }: Reply) => [status, body?.code]

/** The whole way, as a browser goes it. */
async function signIn(person: ReturnType<typeof stranger>, headers: Record<string, string> = {}) {
  const start = await ask('GET', `/auth/oauth/${person.provider}/start`)
  return comeBack(person.provider, consent(start.headers.get('Location') ?? '', person), cookiesOf(start), headers)
}

/** Who the cookies of a reply belong to. */
const whoIs = async (reply: Reply) => (await call('GET', '/users/me', undefined, { Cookie: cookiesOf(reply) })).body

const both = [['google'], ['github']] as ['google' | 'github'][]

describe('to begin', () => {
  test.each(both)('sends the browser to %s with all that the standards ask for', async (provider) => {
    const reply = await ask('GET', `/auth/oauth/${provider}/start`)
    expect(reply.status).toBe(302)
    const url = new URL(reply.headers.get('Location') ?? '')
    expect(url.origin).toBe(provider === 'google' ? 'https://accounts.google.com' : 'https://github.com')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: clientOf[provider],
      redirect_uri: `${origin}/api/v1/auth/oauth/${provider}/callback`,
      scope: provider === 'google' ? 'openid email profile' : 'read:user user:email',
      state: expect.stringMatching(/^[\w-]{27}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    const [line] = reply.headers.getSetCookie()
    expect(line).toMatch(/^__Host-studyhall_oauth=[\w-]{27}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const stored = JSON.stringify(await rows('SELECT * FROM oauth_states'))
    expect(stored).not.toContain(url.searchParams.get('state'))
    expect(stored).not.toContain(cookiesOf(reply).split('=')[1])
    expect(url.href).not.toContain(cookiesOf(reply).split('=')[1])
  })

  test('gives the address as JSON to a program that asks so, and two are never alike', async () => {
    const start = () => ask('GET', '/auth/oauth/google/start', undefined, { Accept: 'application/json' })
    const [first, second] = [await start(), await start()]
    expect(first.status).toBe(200)
    const of = (reply: Reply) => new URL(reply.body.url).searchParams
    for (const name of ['state', 'nonce', 'code_challenge']) expect(of(first).get(name)).not.toBe(of(second).get(name))
  })

  test('is refused for a provider that is off or unknown, which the list shows', async () => {
    expect((await ask('GET', '/auth/oauth')).body).toEqual({ data: ['google', 'github'] })
    expect((await call('GET', '/auth/oauth')).body).toEqual({ data: [] })
    const ada = await signUp()
    for (const [method, path] of [
      ['GET', '/auth/oauth/google/start'],
      ['POST', '/auth/oauth/google/start'],
      ['GET', '/auth/oauth/github/callback?state=x&code=y'],
    ] as const)
      expect(outcome(await ada.call(method, path))).toEqual([404, 'auth.provider_not_enabled'])
    expect(outcome(await ask('GET', '/auth/oauth/myspace/start'))).toEqual([404, 'auth.provider_not_enabled'])
  })
})

describe('a sign-in', () => {
  test.each(both)('with %s makes an account the first time, and finds it again', async (provider) => {
    const sam = stranger(provider)
    const first = await signIn(sam)
    expect([first.status, first.headers.get('Location')]).toEqual([302, `/#signedIn=${provider}`])
    const user = await whoIs(first)
    expect(user).toMatchObject({ email: sam.email.toLowerCase(), emailVerified: true, name: sam.name })
    expect(cookiesOf(first)).toContain('__Host-studyhall_oauth=;')

    sam.email = `moved-${sam.email}`
    const second = await signIn(sam)
    expect(second.headers.get('Location')).toBe(`/#signedIn=${provider}`)
    expect((await whoIs(second)).id).toBe(user.id)
    expect((await whoIs(second)).email).toBe(user.email)
    expect(await auditOf(user.id)).toEqual(['user.registered', 'session.started'])
    expect(await rows('SELECT user_id FROM oauth_identities WHERE subject = ?', sam.subject)).toHaveLength(1)
  })

  test('ends the session that the browser had before', async () => {
    const sam = stranger('google')
    const first = await signIn(sam)
    const second = await signIn(sam, {})
    const start = await ask('GET', '/auth/oauth/google/start')
    const cookies = `${cookiesOf(start)}; ${cookiesOf(second)}`
    const third = await comeBack('google', consent(start.headers.get('Location') ?? '', sam), cookies)
    expect((await whoIs(second)).code).toBe('auth.token_invalid')
    expect((await whoIs(first)).id).toBe((await whoIs(third)).id)
  })

  test.each(both)('with %s links an account whose address is verified on both sides', async (provider) => {
    const sam = stranger(provider)
    const { body } = await register({ email: sam.email })
    await rows('UPDATE users SET email_verified_at = ? WHERE id = ?', Date.now(), body.user.id)
    const reply = await signIn(sam)
    expect((await whoIs(reply)).id).toBe(body.user.id)
    expect((await me(body.accessToken)).status).toBe(200)
    expect((await logIn(sam.email, goodPassword)).status).toBe(200)
    expect((await auditOf(body.user.id)).slice(0, 3)).toEqual(['user.registered', 'oauth.linked', 'session.started'])
  })

  test.each(both)('with %s knows nobody by an address that is not verified there', async (provider) => {
    const sam = stranger(provider, { verified: false })
    const { body } = await register({ email: sam.email })
    await rows('UPDATE users SET email_verified_at = ? WHERE id = ?', Date.now(), body.user.id)
    expect(outcome(await signIn(sam))).toEqual([403, 'auth.oauth_mail_unverified'])
    expect(outcome(await signIn(stranger(provider, { verified: false })))).toEqual([403, 'auth.oauth_mail_unverified'])
    expect(await auditOf(body.user.id)).toEqual(['user.registered'])
  })

  test("gives the account of an address that nobody has verified to its owner, and the squatter's ways in die", async () => {
    const sam = stranger('google')
    const squatter = await register({ email: sam.email })
    const { id } = squatter.body.user
    await rows('UPDATE users SET phone = ? WHERE id = ?', '+43660777001', id)

    const reply = await signIn(sam)
    expect(reply.headers.get('Location')).toBe('/#signedIn=google')
    expect(await whoIs(reply)).toMatchObject({ id, emailVerified: true })
    expect((await me(squatter.body.accessToken)).body.code).toBe('auth.token_invalid')
    expect(outcome(await logIn(sam.email, goodPassword))).toEqual([401, 'auth.invalid_credentials'])
    expect(await rows('SELECT phone FROM users WHERE id = ?', id)).toEqual([{ phone: null }])
    expect((await auditOf(id)).filter((event) => event === 'user.address_claimed')).toHaveLength(1)
  })

  test('passes by no second factor of such an account, and takes nothing from it', async () => {
    const sam = stranger('google')
    const squatter = await register({ email: sam.email })
    const headers = { Authorization: `Bearer ${squatter.body.accessToken}` }
    const key = await makePasskey(origin)
    const options = await call('POST', '/auth/passkeys/register/options', undefined, headers)
    const passkey = await key.create(options.body)
    expect((await call('POST', '/auth/passkeys/register/verify', { passkey }, headers)).status).toBe(201)
    const before = await auditOf(squatter.body.user.id)

    expect(outcome(await signIn(sam))).toEqual([409, 'auth.oauth_address_held'])
    expect((await me(squatter.body.accessToken)).body).toMatchObject({ email: sam.email.toLowerCase() })
    expect(await auditOf(squatter.body.user.id)).toEqual(before)
    // The mailbox decides: a link that goes there frees the address.
    const token = /#token=([\w-]+)/.exec((await readOutbox(sam.email.toLowerCase()))[0]?.text ?? '')?.[1]
    expect((await call('POST', '/auth/email/disown', { token })).status).toBe(202)
    expect(await whoIs(await signIn(sam))).toMatchObject({ email: sam.email.toLowerCase(), emailVerified: true })
  })

  test('twice at once by the same new person makes one account', async () => {
    const sam = stranger('google')
    const all = await Promise.all([signIn(sam), signIn(sam), signIn(sam)])
    expect(all.filter((reply) => reply.headers.get('Location') === '/#signedIn=google').length).toBeGreaterThan(0)
    expect(await rows('SELECT id FROM users WHERE email = ?', sam.email.toLowerCase())).toHaveLength(1)
    expect((await signIn(sam)).headers.get('Location')).toBe('/#signedIn=google')
  })

  test('asks for the second factor, where there is one', async () => {
    const sam = stranger('github')
    const user = await whoIs(await signIn(sam))
    await rows(`INSERT INTO totp_secrets (user_id, sealed, created_at, confirmed_at) VALUES (?, 'x', 0, 0)`, user.id)
    const before = await rows('SELECT id FROM sessions WHERE user_id = ?', user.id)
    const reply = await signIn(sam)
    expect(reply.headers.get('Location')).toMatch(/^\/#mfaToken=[\w-]{27}&methods=totp$/)
    expect(cookiesOf(reply)).not.toContain('__Host-studyhall_access')
    expect(await rows('SELECT id FROM sessions WHERE user_id = ?', user.id)).toEqual(before)
  })

  test('is refused for a suspended account', async () => {
    const sam = stranger('google')
    const user = await whoIs(await signIn(sam))
    await rows(`UPDATE users SET status = 'suspended' WHERE id = ?`, user.id)
    expect(outcome(await signIn(sam))).toEqual([401, 'auth.oauth_failed'])
  })

  test('is refused for a new address that this Studyhall does not take', async () => {
    const strict = countingEnv({ ...settings, ALLOWED_EMAIL_DOMAINS: 'edu' } as unknown as Partial<Env>)
    const start = await strict.fetch(requestOf('GET', '/auth/oauth/google/start'))
    const query = new URLSearchParams(consent(start.headers.get('Location') ?? '', stranger('google')))
    const headers = { Cookie: cookiesOf(start) }
    const reply = await strict.fetch(requestOf('GET', `/auth/oauth/google/callback?${query}`, undefined, headers))
    expect(outcome(reply)).toEqual([422, 'auth.email_domain_not_allowed'])
  })
})

describe('the way back', () => {
  const begin = async (provider: 'google' | 'github' = 'google') => {
    const start = await ask('GET', `/auth/oauth/${provider}/start`)
    const sam = stranger(provider)
    return { ...consent(start.headers.get('Location') ?? '', sam), cookie: cookiesOf(start), sam }
  }
  const invalid = [400, 'auth.oauth_state_invalid']

  test('is open once, in the browser that began, within ten minutes, from the provider that was asked', async () => {
    const [one, other] = [await begin(), await begin()]
    const { code, state } = one
    expect(outcome(await comeBack('google', { code, state }, other.cookie))).toEqual(invalid)
    expect(outcome(await comeBack('google', { code, state }, ''))).toEqual(invalid)
    expect(outcome(await comeBack('google', { code, state: 'A'.repeat(27) }, one.cookie))).toEqual(invalid)
    expect(outcome(await comeBack('github', { code, state }, one.cookie))).toEqual(invalid)
    expect((await comeBack('google', { code, state }, one.cookie)).status).toBe(302)
    expect(outcome(await comeBack('google', { code, state }, one.cookie))).toEqual(invalid)
    pass(10 * minute)
    expect(outcome(await comeBack('google', { code: other.code, state: other.state }, other.cookie))).toEqual(invalid)
    await sweepSignIns(await makeCtx(env, { kind: 'cron' }, { later() {} }))
    expect(await rows('SELECT hash FROM oauth_states')).toEqual([])
  })

  test('of eight uses at once, lets one in', async () => {
    const { code, state, cookie } = await begin()
    const all = await Promise.all(Array.from({ length: 8 }, () => comeBack('google', { code, state }, cookie)))
    expect(all.filter(({ status }) => status === 302)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 400)).toHaveLength(7)
  })

  test('without a yes tells so, and a page is sent home with the reason', async () => {
    const { state, cookie } = await begin()
    expect(outcome(await comeBack('google', { error: 'access_denied', state }, cookie))).toEqual([
      403,
      'auth.oauth_denied',
    ])
    const again = await begin()
    const query = { error: 'access_denied', state: again.state }
    const reply = await comeBack('google', query, again.cookie, { Accept: 'text/html,*/*' })
    expect([reply.status, reply.headers.get('Location')]).toEqual([302, '/#error=auth.oauth_denied'])
    expect(outcome(await comeBack('google', {}, cookie))).toEqual([422, 'request.invalid'])
  })

  const forged: [string, (typeof mistakes)['now']][] = [
    ["a stranger's signature", { strangersKey: true }],
    ['another issuer', { claims: { iss: 'https://accounts.evil.example' } }],
    ['another audience', { claims: { aud: 'somebody-else', azp: undefined } }],
    ['another party', { claims: { aud: [clientOf.google, 'somebody-else'], azp: 'somebody-else' } }],
    ['another nonce', { claims: { nonce: 'A'.repeat(43) } }],
    ['no nonce', { claims: { nonce: undefined } }],
    ['an end that is past', { claims: { exp: 1_799_990_000 } }],
    ['no subject', { claims: { sub: undefined } }],
    ['something else than a token', { reply: { id_token: 'a.b.c' } }],
    ['nothing', { reply: {} }],
  ]
  test.each(forged)('is refused when Google answers with %s', async (_, lie) => {
    const { code, state, cookie, sam } = await begin()
    mistakes.now = lie
    expect(outcome(await comeBack('google', { code, state }, cookie))).toEqual([401, 'auth.oauth_failed'])
    expect(await rows('SELECT id FROM users WHERE email = ?', sam.email.toLowerCase())).toEqual([])
  })

  test.each(both)('is refused with a code that %s did not give to this sign-in', async (provider) => {
    const [one, other] = [await begin(provider), await begin(provider)]
    const swapped = { code: other.code, state: one.state }
    expect(outcome(await comeBack(provider, swapped, one.cookie))).toEqual([401, 'auth.oauth_failed'])
  })

  test.each(both)('says that %s is away when it is', async (provider) => {
    const { code, state, cookie } = await begin(provider)
    mistakes.now = { status: 502 }
    expect(outcome(await comeBack(provider, { code, state }, cookie))).toEqual([503, 'auth.provider_unavailable'])
  })

  test('logs neither code, state nor token', async () => {
    const lines: string[] = []
    for (const level of ['info', 'warn', 'error'] as const)
      vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)))
    const { code, state, cookie } = await begin('github')
    await comeBack('github', { code, state }, cookie)
    const failed = await begin('github')
    mistakes.now = { reply: { error: 'bad_verification_code' } }
    await comeBack('github', { code: failed.code, state: failed.state }, failed.cookie)
    const log = lines.join('\n')
    expect(log).toContain('oauth.failed')
    for (const secret of [code, state, cookie.split('=')[1] ?? '-', failed.code, 'token-'])
      expect(log).not.toContain(secret)
  })
})

describe('to link an account', () => {
  test('takes a fresh sign-in, and afterwards either account signs in', async () => {
    const [ada, sam] = [await signUp(), stranger('github')]
    const reply = await linkOf(ada)(sam)
    expect(reply.headers.get('Location')).toBe('/#linked=github')
    expect(cookiesOf(reply)).not.toContain('__Host-studyhall_access')
    const linked = await ada.call('GET', '/auth/oauth/accounts')
    expect(linked.body).toEqual({
      data: [
        {
          provider: 'github',
          email: sam.email.toLowerCase(),
          createdAt: new Date().toISOString(),
          lastUsedAt: new Date().toISOString(),
        },
      ],
      nextCursor: null,
    })
    expect((await whoIs(await signIn(sam))).id).toBe(ada.id)
    expect(await auditOf(ada.id)).toEqual(['oauth.linked', 'session.started'])
    pass(10 * minute)
    expect(outcome(await linkOf(ada)(stranger('google')))).toEqual([403, 'auth.fresh_sign_in_required'])
  })

  test("is refused for somebody else's, for a second one, and without a verified address", async () => {
    const [ada, bob, sam] = [await signUp(), await signUp(), stranger('github')]
    await linkOf(ada)(sam)
    const taken = [409, 'auth.oauth_already_linked']
    expect(outcome(await linkOf(bob)(sam))).toEqual(taken)
    expect(outcome(await linkOf(ada)(stranger('github')))).toEqual(taken)
    expect(outcome(await linkOf(bob)(stranger('google', { verified: false })))).toEqual([
      403,
      'auth.oauth_mail_unverified',
    ])
    expect(await auditOf(bob.id)).toEqual([])
  })

  test('is void when the session has ended meanwhile', async () => {
    const [ada, sam] = [await signUp(), stranger('google')]
    const headers = { Authorization: `Bearer ${ada.accessToken}` }
    const start = await ask('POST', '/auth/oauth/google/start', {}, headers)
    await ada.call('POST', '/auth/logout')
    const reply = await comeBack('google', consent(start.body.url, sam), cookiesOf(start))
    expect(outcome(reply)).toEqual([400, 'auth.oauth_state_invalid'])
    expect(await rows('SELECT * FROM oauth_identities WHERE subject = ?', sam.subject)).toEqual([])
  })

  test('can be undone, but not where it is the only way in', async () => {
    const [ada, sam] = [await signUp(), stranger('google')]
    await linkOf(ada)(sam)
    expect(outcome(await ada.call('DELETE', '/auth/oauth/google'))).toEqual([409, 'auth.last_sign_in_method'])
    expect(outcome(await ada.call('DELETE', '/auth/oauth/github'))).toEqual([404, 'auth.oauth_not_linked'])
    await linkOf(ada)(stranger('github'))
    expect((await ada.call('DELETE', '/auth/oauth/google')).status).toBe(204)
    expect((await whoIs(await signIn(sam))).id).not.toBe(ada.id)
    expect((await auditOf(ada.id)).filter((event) => event === 'oauth.unlinked')).toHaveLength(1)
  })
})
