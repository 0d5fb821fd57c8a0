import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { stepAt } from '../../src/auth/mfa/rules'
import { totpCode } from '../../src/auth/mfa/totp'
import { goodPassword, logIn, newcomer, refresh, register, rows } from '../support/accounts'
import { makePasskey } from '../support/authenticator'
import { readOutbox } from '../support/outbox'
import { call, origin, type Person, signUp, startSession } from '../support/people'
import oauthTest from './oauth.test.ts?raw'

declare global {
  interface ImportMeta {
    /** Vite puts in the text of what the pattern finds. */
    glob(pattern: string, options: { eager: true; import: 'default'; query: '?raw' }): Record<string, string>
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_950_000_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const otherPassword = 'seven paper boats, 1 tide'
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

/** Somebody with a password and a proven address. */
async function newPerson() {
  const { body, input } = await register()
  const { id, username } = body.user
  await env.DB.prepare('UPDATE users SET email_verified_at = 1 WHERE id = ?').bind(id).run()
  const as = (method: string, path: string, content?: unknown) => call(method, path, content, bearer(body.accessToken))
  return { id: id as string, username: username as string, email: input.email as string, as, tokens: body }
}

async function tokenTo(address: string): Promise<string> {
  return vi.waitFor(async () => {
    const token = /#token=([\w-]+)/.exec((await readOutbox(address))[0]?.text ?? '')?.[1]
    expect(token).toBeDefined()
    return token ?? ''
  })
}

/** An authenticator app in software. */
function app(secret: string) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((character) => alphabet.indexOf(character).toString(2).padStart(5, '0')).join('')
  const bytes = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
  return () => totpCode(bytes, stepAt(Date.now()))
}

async function withTotp() {
  const person = await newPerson()
  const code = app((await person.as('POST', '/auth/mfa/totp')).body.secret)
  const confirm = async () => person.as('POST', '/auth/mfa/totp/confirm', { code: await code() })
  return { ...person, code, confirm }
}

async function withPasskey() {
  const person: Person = await signUp({ passwordHash: 'none', emailVerifiedAt: 1 })
  const key = await makePasskey(origin)
  const options = (await person.call('POST', '/auth/passkeys/register/options')).body
  const add = async () =>
    (await person.call('POST', '/auth/passkeys/register/verify', { passkey: await key.create(options) })).body
  const signIn = async (counter: number) => {
    const asked = (await call('POST', '/auth/passkeys/sign-in/options')).body
    return call('POST', '/auth/passkeys/sign-in/verify', { passkey: await key.get(asked, { counter }) })
  }
  return { ...person, add, signIn }
}

const codeTo = async (phone: string) => {
  await call('POST', '/auth/phone/send-otp', { phone })
  return (await readOutbox(phone))[0]?.text.slice(0, 6) ?? ''
}

const changeOf = async (email: string) => {
  const ada = await newPerson()
  await ada.as('POST', '/auth/email/change', { email, password: goodPassword })
  const token = await tokenTo(email)
  return () => call('POST', '/auth/email/verify', { token })
}

/** Each prepares what it needs, and returns the request that leaves these rows and no others. */
const causes: [events: string[], prepare: () => Promise<() => Promise<unknown>>][] = [
  [['user.registered'], async () => () => register()],
  [['session.started'], async () => bind(await newPerson(), ({ email }) => logIn(email, goodPassword))],
  [['login.failed'], async () => bind(await newPerson(), ({ email }) => logIn(email, 'wrong horse'))],
  [['login.failed'], async () => () => logIn(newcomer().email, 'wrong horse')],
  [['session.ended'], async () => bind(await newPerson(), ({ as }) => as('POST', '/auth/logout'))],
  [['sessions.ended'], async () => bind(await newPerson(), ({ as }) => as('POST', '/auth/logout-all'))],
  [
    ['session.revoked'],
    async () => {
      const ada = await signUp()
      const second = await startSession(ada)
      return () => ada.call('DELETE', `/auth/sessions/${second.sessionId}`)
    },
  ],
  [
    ['session.reuse_detected'],
    async () => {
      const { tokens } = await newPerson()
      await refresh((await refresh(tokens.refreshToken)).body.refreshToken)
      pass(60_000)
      return () => refresh(tokens.refreshToken)
    },
  ],
  [
    ['email.verification_requested'],
    async () => {
      const { input } = await register()
      return () => call('POST', '/auth/email/resend', { email: input.email })
    },
  ],
  [
    ['email.verified'],
    async () => {
      const { input } = await register()
      const token = await tokenTo(input.email)
      return () => call('POST', '/auth/email/verify', { token })
    },
  ],
  [
    ['email.change_requested'],
    async () =>
      bind(await newPerson(), ({ as }) =>
        as('POST', '/auth/email/change', { email: newcomer().email, password: goodPassword }),
      ),
  ],
  [['email.changed'], async () => changeOf(newcomer().email)],
  [['email.changed', 'email.lost_to_claimant'], async () => changeOf((await register()).input.email)],
  [
    ['email.disowned'],
    async () => {
      const token = await tokenTo((await register()).input.email)
      return () => call('POST', '/auth/email/disown', { token })
    },
  ],
  [
    ['email.change_disowned'],
    async () => {
      const [ada, { email }] = [await newPerson(), newcomer()]
      await ada.as('POST', '/auth/email/change', { email, password: goodPassword })
      const token = await tokenTo(email)
      return () => call('POST', '/auth/email/disown', { token })
    },
  ],
  [
    ['password.reset_requested'],
    async () => bind(await newPerson(), ({ email }) => call('POST', '/auth/password/forgot', { email })),
  ],
  [
    ['password.reset'],
    async () => {
      const { email } = await newPerson()
      await call('POST', '/auth/password/forgot', { email })
      const token = await tokenTo(email)
      return () => call('POST', '/auth/password/reset', { token, password: otherPassword })
    },
  ],
  [
    ['password.changed'],
    async () =>
      bind(await newPerson(), ({ as }) =>
        as('PUT', '/auth/password', { currentPassword: goodPassword, newPassword: otherPassword }),
      ),
  ],
  [
    ['proof.failed'],
    async () =>
      bind(await newPerson(), ({ as }) =>
        as('PUT', '/auth/password', { currentPassword: 'wrong horse', newPassword: otherPassword }),
      ),
  ],
  [
    ['proof.failed'],
    async () =>
      bind(await newPerson(), ({ as }) =>
        as('POST', '/auth/email/change', { email: newcomer().email, password: 'wrong horse' }),
      ),
  ],
  [
    ['proof.failed'],
    async () => {
      const ada = await withTotp()
      await ada.confirm()
      return () => ada.as('DELETE', '/auth/mfa/totp', { password: goodPassword, code: 'not a code' })
    },
  ],
  [
    ['phone.linked'],
    async () => {
      const ada = await newPerson()
      const phone = '+436601000001'
      const code = await codeTo(phone)
      return () => ada.as('POST', '/auth/phone/verify', { phone, code, password: goodPassword })
    },
  ],
  [
    ['login.failed'],
    async () => {
      const phone = '+436601000002'
      const code = await codeTo(phone)
      return () => call('POST', '/auth/phone/verify', { phone, code: code === '000000' ? '000001' : '000000' })
    },
  ],
  [['mfa.totp_added'], async () => bind(await withTotp(), ({ confirm }) => confirm())],
  [
    ['login.second_factor_asked'],
    async () => {
      const ada = await withTotp()
      await ada.confirm()
      return () => logIn(ada.email, goodPassword)
    },
  ],
  [
    ['login.failed'],
    async () => {
      const ada = await withTotp()
      await ada.confirm()
      const { mfaToken } = (await logIn(ada.email, goodPassword)).body
      return () => call('POST', '/auth/mfa/verify', { mfaToken, code: 'not a code' })
    },
  ],
  [
    ['mfa.recovery_codes_renewed'],
    async () => {
      const ada = await withTotp()
      await ada.confirm()
      return () => ada.as('POST', '/auth/mfa/recovery-codes', { password: goodPassword })
    },
  ],
  [
    ['mfa.totp_removed'],
    async () => {
      const ada = await withTotp()
      await ada.confirm()
      pass(60_000)
      return async () => ada.as('DELETE', '/auth/mfa/totp', { password: goodPassword, code: await ada.code() })
    },
  ],
  [['passkey.added'], async () => bind(await withPasskey(), ({ add }) => add())],
  [
    ['passkey.removed'],
    async () => {
      const ada = await withPasskey()
      const { passkey } = await ada.add()
      return () => ada.call('DELETE', `/auth/passkeys/${passkey.id}`, {})
    },
  ],
  [
    ['login.failed', 'passkey.counter_went_back'],
    async () => {
      const ada = await withPasskey()
      await ada.add()
      await ada.signIn(41)
      return () => ada.signIn(7)
    },
  ],
  [
    ['user.role_changed'],
    async () => {
      const [admin, ada] = [await signUp({ role: 'admin' }), await signUp()]
      return () => admin.call('PUT', `/admin/users/${ada.id}/role`, { role: 'instructor', reason: 'teaches algebra' })
    },
  ],
]

function bind<T>(value: T, act: (value: T) => Promise<unknown>) {
  return () => act(value)
}

test.each(causes.map(([events, prepare]) => [events.join(' and '), events, prepare] as const))(
  '%s: one row each, without a secret',
  async (_name, events, prepare) => {
    const act = await prepare()
    const before = await rows('SELECT id FROM audit_log')
    await act()
    const known = new Set(before.map(({ id }) => id))
    const left = (await rows('SELECT * FROM audit_log ORDER BY id')).filter(({ id }) => !known.has(id))
    expect(left.map(({ event }) => event).toSorted()).toEqual(events.toSorted())
    for (const secret of [goodPassword, otherPassword, 'wrong horse', '+43660', '@'])
      expect(JSON.stringify(left)).not.toContain(secret)
  },
)

test('no event of an account is missing above', () => {
  const sources = import.meta.glob('../../src/{auth,admin}/**/*.ts', {
    eager: true,
    import: 'default',
    query: '?raw',
  })
  const named = new Set(
    Object.values(sources).flatMap((text) =>
      [
        ...text
          .replace(/log\.\w+\('[^']*'/g, '')
          .matchAll(/'((?:user|session|sessions|login|proof|email|password|phone|mfa|passkey|oauth)\.[a-z_]+)'/g),
      ].map(([, event]) => event ?? ''),
    ),
  )
  const shown = new Set(causes.flatMap(([events]) => events))
  const missing = [...named].filter((event) => !shown.has(event) && !oauthTest.includes(`'${event}'`))
  expect(named.size).toBeGreaterThan(20)
  expect(missing).toEqual([])
})
