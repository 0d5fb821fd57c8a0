import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { changePassword } from '../../src/auth/password/store'
import * as passwords from '../../src/auth/passwords'
import worker from '../../src/index'
import { auditOf, goodPassword, logIn, me, newcomer, register, rows } from '../support/accounts'
import { makeTestCtx } from '../support/ctx'
import { readOutbox } from '../support/outbox'
import { call, countingEnv, requestOf, signUp } from '../support/people'

const otherPassword = 'seven paper boats, 1 tide'
const hour = 60 * 60 * 1000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(Date.now() + 48 * hour)
})

afterEach(() => {
  vi.useRealTimers()
})

/** The mails to an address, newest first; those that are still on their way are awaited. */
async function mailsTo(address: string, least = 1) {
  return vi.waitFor(async () => {
    const mails = await readOutbox(address)
    expect(mails.length).toBeGreaterThanOrEqual(least)
    return mails
  }, 5000)
}

/** The token in the newest link that was mailed to an address. */
async function mailedToken(address: string, subject: RegExp, least = 1): Promise<string> {
  const mails = await vi.waitFor(async () => {
    const found = (await readOutbox(address)).filter((mail) => subject.test(mail.subject))
    expect(found.length).toBeGreaterThanOrEqual(least)
    return found
  }, 5000)
  return /#token=([\w-]+)/.exec(mails[0]?.text ?? '')?.[1] ?? 'no token'
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const tokensOf = (email: string) => rows('SELECT * FROM email_tokens WHERE email = ?', email)
const verify = (token: string) => call('POST', '/auth/email/verify', { token })
const reset = (token: string, password = otherPassword) => call('POST', '/auth/password/reset', { token, password })
const forgot = (email: string) => call('POST', '/auth/password/forgot', { email })

async function verified(overrides: Record<string, unknown> = {}) {
  const joined = await register(overrides)
  const { email } = joined.input
  await verify(await mailedToken(email, /Confirm your mail/))
  return { ...joined, email, id: joined.body.user.id as string, accessToken: joined.body.accessToken as string }
}

describe('a new address', () => {
  test('is proven by the link that was mailed there, once', async () => {
    const { body, input } = await register()
    expect(body.user.emailVerified).toBe(false)
    const token = await mailedToken(input.email, /Confirm your mail/)
    expect(token.length).toBeGreaterThanOrEqual(22)
    expect((await verify(token)).status).toBe(202)
    expect((await me(body.accessToken)).body.emailVerified).toBe(true)
    expect(await verify(token)).toMatchObject({ status: 400, body: { code: 'auth.link_invalid' } })
    expect((await auditOf(body.user.id)).filter((event) => event === 'email.verified')).toHaveLength(1)
    expect(JSON.stringify(await tokensOf(input.email))).not.toContain(token)
  })

  test('is proven once by eight at the same time', async () => {
    const { body, input } = await register()
    const token = await mailedToken(input.email, /Confirm your mail/)
    const replies = await Promise.all(Array.from({ length: 8 }, () => verify(token)))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([202, ...Array(7).fill(400)])
    expect((await auditOf(body.user.id)).filter((event) => event === 'email.verified')).toHaveLength(1)
  })

  test('can be registered while mail is off, and then says that no link can be sent', async () => {
    const { fetch } = countingEnv({ DEV_OUTBOX: 'off' } as Partial<Env>)
    const input = newcomer()
    expect((await fetch(requestOf('POST', '/auth/register', input))).status).toBe(201)
    expect(await tokensOf(input.email)).toEqual([])
    for (const path of ['/auth/email/resend', '/auth/password/forgot'])
      expect(await fetch(requestOf('POST', path, { email: input.email }))).toMatchObject({
        status: 503,
        body: { code: 'mail.unavailable' },
      })
  })

  test('gets its link again when asked, as long as it waits', async () => {
    const { input } = await register()
    await mailsTo(input.email)
    expect((await call('POST', '/auth/email/resend', { email: input.email })).status).toBe(202)
    expect((await verify(await mailedToken(input.email, /Confirm your mail/, 2))).status).toBe(202)
    expect((await call('POST', '/auth/email/resend', { email: input.email })).status).toBe(202)
    expect(await mailsTo(input.email)).toHaveLength(2)
  })

  test('is not proven by a link of yesterday, nor by one to choose a password', async () => {
    const { input } = await register()
    const token = await mailedToken(input.email, /Confirm your mail/)
    await forgot(input.email)
    expect((await verify(await mailedToken(input.email, /new password/))).status).toBe(400)
    vi.setSystemTime(Date.now() + 24 * hour)
    expect((await verify(token)).status).toBe(400)
    expect(await rows('SELECT email_verified_at AS at FROM users WHERE email = ?', input.email)).toEqual([{ at: null }])
  })
})

describe('a change of address', () => {
  test('needs the password, keeps the old address until the new one is proven, and tells the old', async () => {
    const ada = await verified()
    const next = `next.${ada.email}`
    const change = (password: string) =>
      call('POST', '/auth/email/change', { email: next, password }, bearer(ada.accessToken))
    expect(await change('wrong horse')).toMatchObject({ status: 401, body: { code: 'auth.invalid_credentials' } })
    expect((await change(goodPassword)).status).toBe(202)
    expect((await me(ada.accessToken)).body.email).toBe(ada.email)
    expect((await logIn(ada.email, goodPassword)).status).toBe(200)
    expect((await verify(await mailedToken(next, /Confirm your new/))).status).toBe(202)
    expect((await me(ada.accessToken)).body).toMatchObject({ email: next, emailVerified: true })
    expect((await logIn(ada.email, goodPassword)).status).toBe(401)
    expect((await logIn(next, goodPassword)).status).toBe(200)
    await vi.waitFor(async () =>
      expect((await readOutbox(ada.email)).map(({ subject }) => subject)).toContain('Your mail address was changed'),
    )
  })

  test('makes links worthless that went to the old address', async () => {
    const ada = await verified()
    await forgot(ada.email)
    const old = await mailedToken(ada.email, /new password/)
    const next = `next.${ada.email}`
    await call('POST', '/auth/email/change', { email: next, password: goodPassword }, bearer(ada.accessToken))
    await verify(await mailedToken(next, /Confirm your new/))
    expect((await reset(old)).status).toBe(400)
  })

  test('to an address that somebody has proven answers alike and writes to nobody', async () => {
    const [ada, bob] = [await verified(), await verified()]
    const before = (await readOutbox(bob.email)).length
    const change = { email: bob.email, password: goodPassword }
    expect((await call('POST', '/auth/email/change', change, bearer(ada.accessToken))).status).toBe(202)
    expect(await readOutbox(bob.email)).toHaveLength(before)
    expect((await auditOf(ada.id)).includes('email.change_requested')).toBe(false)
  })

  test('takes the address from a squatter, whose password and sessions die', async () => {
    const squatter = await register()
    const ada = await verified()
    const { email } = squatter.input
    await call('POST', '/auth/email/change', { email, password: goodPassword }, bearer(ada.accessToken))
    expect((await verify(await mailedToken(email, /Confirm your new/))).status).toBe(202)
    expect((await me(ada.accessToken)).body.email).toBe(email)
    expect((await me(squatter.body.accessToken)).status).toBe(401)
    expect((await call('POST', '/auth/refresh', { refreshToken: squatter.body.refreshToken })).status).toBe(401)
    const login = { username: squatter.body.user.username, password: goodPassword }
    expect((await call('POST', '/auth/login', login)).status).toBe(401)
    expect((await auditOf(squatter.body.user.id)).filter((event) => event === 'email.lost_to_claimant')).toHaveLength(1)
    expect(await rows('SELECT email FROM users WHERE id = ?', squatter.body.user.id)).toEqual([{ email: null }])
  })

  test('of two people who claim one address at once, one wins', async () => {
    const [ada, bob] = [await verified(), await verified()]
    const email = `claimed.${ada.email}`
    for (const { accessToken } of [ada, bob])
      await call('POST', '/auth/email/change', { email, password: goodPassword }, bearer(accessToken))
    const mails = await mailsTo(email, 2)
    const links = mails.map(({ text }) => /#token=([\w-]+)/.exec(text)?.[1] ?? '')
    const replies = await Promise.all([...links, ...links].map(verify))
    expect(replies.filter(({ status }) => status === 202)).toHaveLength(1)
    expect(replies.some(({ body }) => body?.code === 'auth.email_taken')).toBe(true)
    expect(await rows('SELECT count(*) AS n FROM users WHERE email = ?', email)).toEqual([{ n: 1 }])
    const changed = [...(await auditOf(ada.id)), ...(await auditOf(bob.id))].filter(
      (event) => event === 'email.changed',
    )
    expect(changed).toHaveLength(1)
  })
})

describe('a forgotten password', () => {
  test('is chosen anew with the link; every session ends, and nobody is signed in', async () => {
    const ada = await verified()
    const second = await logIn(ada.email, goodPassword)
    expect((await forgot(ada.email)).status).toBe(202)
    const token = await mailedToken(ada.email, /new password/)
    const reply = await reset(token)
    expect(reply).toMatchObject({ status: 204, body: null })
    expect(reply.headers.getSetCookie()).toEqual([])
    for (const one of [ada.accessToken, second.body.accessToken]) expect((await me(one)).status).toBe(401)
    expect((await logIn(ada.email, goodPassword)).status).toBe(401)
    expect((await logIn(ada.email, otherPassword)).status).toBe(200)
    expect(await auditOf(ada.id)).toEqual(expect.arrayContaining(['password.reset_requested', 'password.reset']))
    await vi.waitFor(async () =>
      expect((await readOutbox(ada.email)).map(({ subject }) => subject)).toContain('Your password was changed'),
    )
  })

  test('is chosen once by eight at the same time', async () => {
    const ada = await verified()
    await forgot(ada.email)
    const token = await mailedToken(ada.email, /new password/)
    const choices = Array.from({ length: 8 }, (_, at) => `${otherPassword} ${at}`)
    const replies = await Promise.all(choices.map((password) => reset(token, password)))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([204, ...Array(7).fill(400)])
    const winner = choices[replies.findIndex(({ status }) => status === 204)] ?? ''
    expect((await logIn(ada.email, winner)).status).toBe(200)
    expect((await auditOf(ada.id)).filter((event) => event === 'password.reset')).toHaveLength(1)
  })

  test('is not chosen after an hour, with a made-up token, or with a link to confirm an address', async () => {
    const { input } = await register()
    expect((await reset(await mailedToken(input.email, /Confirm your mail/))).status).toBe(400)
    expect((await reset('made-up')).status).toBe(400)
    await forgot(input.email)
    const token = await mailedToken(input.email, /new password/)
    expect(await reset(token, 'password1')).toMatchObject({ status: 422, body: { code: 'auth.weak_password' } })
    vi.setSystemTime(Date.now() + hour)
    expect((await reset(token)).status).toBe(400)
    expect((await logIn(input.email, goodPassword)).status).toBe(200)
  })

  test.each([true, false])(
    'leaves a second factor where it is, whether or not the address was proven: %s',
    async (proven) => {
      const { body, input } = await register()
      const { id } = body.user
      await env.DB.prepare('UPDATE users SET email_verified_at = ?, phone = ? WHERE id = ?')
        .bind(proven ? 1 : null, `+43660111${proven ? 1 : 2}`, id)
        .run()
      await env.DB.prepare('INSERT INTO totp_secrets VALUES (?, ?, 1, 1, -1)').bind(id, 'v1.x.y.z').run()
      await forgot(input.email)
      expect((await reset(await mailedToken(input.email, /new password/))).status).toBe(204)
      expect((await me(body.accessToken)).status).toBe(401)
      expect((await logIn(input.email, goodPassword)).status).toBe(401)
      expect((await logIn(input.email, otherPassword)).body).toMatchObject({ mfaRequired: true, methods: ['totp'] })
      const [user] = await rows('SELECT email_verified_at, phone FROM users WHERE id = ?', id)
      expect(user).toEqual({ email_verified_at: proven ? 1 : null, phone: `+43660111${proven ? 1 : 2}` })
    },
  )

  test('of an address that nobody had proven takes the account from a squatter, with every other way in', async () => {
    const { body, input } = await register()
    const { id } = body.user
    await env.DB.prepare('UPDATE users SET phone = ? WHERE id = ?').bind('+43660111222', id).run()
    await env.DB.prepare("INSERT INTO oauth_identities VALUES ('github', ?, ?, NULL, 1, 1)").bind(id, id).run()
    // An authenticator app that has never shown a code is no second factor yet.
    await env.DB.prepare('INSERT INTO totp_secrets VALUES (?, ?, ?, NULL, -1)').bind(id, 'v1.x.y.z', Date.now()).run()
    const moved = `moved.${input.email}`
    await call('POST', '/auth/email/change', { email: moved, password: goodPassword }, bearer(body.accessToken))
    const away = await mailedToken(moved, /Confirm your new/)
    await forgot(input.email)
    expect((await reset(await mailedToken(input.email, /new password/))).status).toBe(204)
    expect((await verify(away)).status).toBe(400)
    expect((await me(body.accessToken)).status).toBe(401)
    const again = await logIn(input.email, otherPassword)
    expect(again.body.user).toMatchObject({ id, emailVerified: true })
    expect(again.body.user.phone).toBeUndefined()
    for (const table of ['oauth_identities', 'totp_secrets'])
      expect(await rows(`SELECT user_id FROM ${table} WHERE user_id = ?`, id)).toEqual([])
  })

  test('costs no hash when the link was used up before', async () => {
    const ada = await verified()
    await forgot(ada.email)
    const token = await mailedToken(ada.email, /new password/)
    const spy = vi.spyOn(passwords, 'hashPassword')
    await env.DB.prepare("UPDATE email_tokens SET used_by = 'other' WHERE purpose = 'reset' AND user_id = ?")
      .bind(ada.id)
      .run()
    expect((await reset(token)).status).toBe(400)
    expect(spy).not.toHaveBeenCalled()
    expect((await me(ada.accessToken)).status).toBe(200)
  })
})

describe('an address that somebody else has used', () => {
  const disown = (token: string) => call('POST', '/auth/email/disown', { token })
  const links: [string, RegExp, (email: string) => Promise<unknown>][] = [
    ['the mail that asks to confirm it', /Confirm your mail/, async () => null],
    ['a new password', /new password/, forgot],
  ]

  test.each(links)('is taken off the account by the link for %s', async (_, subject, ask) => {
    const squatter = await register()
    const { id } = squatter.body.user
    const { email } = squatter.input
    await env.DB.prepare('INSERT INTO totp_secrets VALUES (?, ?, 1, 1, -1)').bind(id, 'v1.x.y.z').run()
    await ask(email)
    const token = await mailedToken(email, subject)
    const replies = await Promise.all(Array.from({ length: 8 }, () => disown(token)))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([202, ...Array(7).fill(400)])
    expect((await me(squatter.body.accessToken)).status).toBe(401)
    expect((await call('POST', '/auth/refresh', { refreshToken: squatter.body.refreshToken })).status).toBe(401)
    expect((await logIn(squatter.body.user.username, goodPassword)).status).toBe(401)
    expect(await rows('SELECT email FROM users WHERE id = ?', id)).toEqual([{ email: null }])
    expect((await auditOf(id)).filter((event) => event === 'email.disowned')).toHaveLength(1)
    // Nobody has got past the second factor, and the address is free.
    expect(await rows('SELECT confirmed_at FROM totp_secrets WHERE user_id = ?', id)).toEqual([{ confirmed_at: 1 }])
    expect((await register({ email })).status).toBe(201)
  })

  test('stays where it has been proven, and the link stays good for a new password', async () => {
    const ada = await verified()
    await forgot(ada.email)
    const token = await mailedToken(ada.email, /new password/)
    const before = await auditOf(ada.id)
    expect(await disown(token)).toMatchObject({ status: 409, body: { code: 'auth.address_proven' } })
    expect((await me(ada.accessToken)).status).toBe(200)
    expect(await auditOf(ada.id)).toEqual(before)
    expect((await reset(token)).status).toBe(204)
  })

  test('for a change of address loses the link, and nothing else', async () => {
    const ada = await verified()
    const next = `next.${ada.email}`
    await call('POST', '/auth/email/change', { email: next, password: goodPassword }, bearer(ada.accessToken))
    const token = await mailedToken(next, /Confirm your new/)
    expect((await disown(token)).status).toBe(202)
    expect((await disown(token)).status).toBe(400)
    expect((await verify(token)).status).toBe(400)
    expect((await me(ada.accessToken)).body.email).toBe(ada.email)
    expect((await disown('made-up')).body.code).toBe('auth.link_invalid')
  })
})

describe('a change of password', () => {
  const change = (accessToken: string, currentPassword: string | undefined, newPassword = otherPassword) =>
    call('PUT', '/auth/password', { ...(currentPassword ? { currentPassword } : {}), newPassword }, bearer(accessToken))

  test('needs the present one, keeps this session and ends the others', async () => {
    const ada = await verified()
    const second = await logIn(ada.email, goodPassword)
    expect(await change(ada.accessToken, 'wrong horse')).toMatchObject({ status: 401 })
    expect(await change(ada.accessToken, undefined)).toMatchObject({ status: 403 })
    expect(await change(ada.accessToken, goodPassword, 'password1')).toMatchObject({ status: 422 })
    expect((await me(second.body.accessToken)).status).toBe(200)
    expect((await change(ada.accessToken, goodPassword)).status).toBe(204)
    expect((await me(ada.accessToken)).status).toBe(200)
    expect((await me(second.body.accessToken)).status).toBe(401)
    expect((await logIn(ada.email, otherPassword)).status).toBe(200)
    expect((await auditOf(ada.id)).filter((event) => event === 'password.changed')).toHaveLength(1)
    await vi.waitFor(async () =>
      expect((await readOutbox(ada.email)).map(({ subject }) => subject)).toContain('Your password was changed'),
    )
  })

  test('makes open links worthless, and happens once when asked for twice at once', async () => {
    const ada = await verified()
    await forgot(ada.email)
    const token = await mailedToken(ada.email, /new password/)
    const replies = await Promise.all(
      [1, 2].map((at) => change(ada.accessToken, goodPassword, `${otherPassword} ${at}`)),
    )
    expect(replies.map(({ status }) => status).toSorted()).toEqual([204, 401])
    expect((await reset(token)).status).toBe(400)
  })

  test('that was decided on an older password changes nothing', async () => {
    const ada = await verified()
    const second = await logIn(ada.email, goodPassword)
    const before = await auditOf(ada.id)
    const actor = { kind: 'user' as const, userId: ada.id, sessionId: 'ses_other', role: 'student' as const }
    const rest = { sessionEndsAt: 0, verified: true, transport: 'bearer' as const }
    const ctx = { ...(await makeTestCtx()), actor: { ...actor, ...rest } }
    expect(await changePassword(ctx, { oldHash: 'an older one', newHash: 'a newer one' })).toBeNull()
    expect((await me(second.body.accessToken)).status).toBe(200)
    expect(await auditOf(ada.id)).toEqual(before)
  })

  test('sets the first password of an account without one, shortly after its sign-in', async () => {
    const bob = await signUp()
    expect((await change(bob.accessToken, undefined)).status).toBe(204)
    expect((await call('POST', '/auth/login', { username: bob.username, password: otherPassword })).status).toBe(200)
  })
})

describe('a link in a mail', () => {
  test('opens a page of ours that makes the call, and may load nothing from elsewhere', async () => {
    const { email } = await verified()
    await forgot(email)
    await mailedToken(email, /new password/)
    const texts = (await readOutbox(email)).map(({ text }) => text).join('\n')
    const pages = [
      ...new Set([...texts.matchAll(/https:\/\/studyhall\.test(\/[\w/-]+)#token=/g)].map(([, path]) => path)),
    ]
    expect(pages.toSorted()).toEqual(['/account/confirm-address', '/account/new-password'])
    for (const path of pages) {
      const page = await exports.default.fetch(`https://studyhall.test${path}`)
      expect(page.status).toBe(200)
      expect(page.headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; script-src 'self';/)
      const called = /data-call="(\w+) (\/api\/v1[\w/]+)"/.exec(await page.text())
      expect(
        await call(called?.[1] ?? '', (called?.[2] ?? '').slice(7), {
          token: 'made-up',
          ...(path?.includes('password') ? { password: otherPassword } : {}),
        }),
      ).toMatchObject({ status: 400, body: { code: 'auth.link_invalid' } })
    }
  })
})

describe('mails to strangers', () => {
  test('are counted by address, known or not, and a refusal leaves nothing', async () => {
    for (const email of [(await verified()).email, newcomer().email]) {
      const { fetch } = countingEnv({ MAILS_PER_RECIPIENT: '2' } as Partial<Env>)
      const ask = () => fetch(requestOf('POST', '/auth/password/forgot', { email }))
      const statuses = [(await ask()).status, (await ask()).status, (await ask()).status]
      expect(statuses).toEqual([202, 202, 429])
    }
    const { email } = await verified()
    await vi.waitFor(async () => expect(await tokensOf(email)).toHaveLength(1))
    const { fetch } = countingEnv({ MAILS_PER_RECIPIENT: '1' } as Partial<Env>)
    const before = (await auditOf((await rows('SELECT id FROM users WHERE email = ?', email))[0]?.id as string)).length
    await fetch(requestOf('POST', '/auth/password/forgot', { email }))
    await fetch(requestOf('POST', '/auth/password/forgot', { email }))
    expect((await tokensOf(email)).filter(({ purpose }) => purpose === 'reset')).toHaveLength(1)
    const id = (await rows('SELECT id FROM users WHERE email = ?', email))[0]?.id as string
    expect(await auditOf(id)).toHaveLength(before + 1)
  })
})

describe('whether there is an account', () => {
  const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0

  test.for([
    ['a login', '/auth/login', { password: 'not this one' }] as const,
    ['a forgotten password', '/auth/password/forgot', {}] as const,
    ['a link once more', '/auth/email/resend', {}] as const,
  ])(
    '%s does not show: status, keys, order, hashes and queries are equal',
    { timeout: 120_000 },
    async ([, path, more], { annotate }) => {
      vi.useRealTimers()
      const { email } = (await register()).input
      await mailsTo(email)
      const settings = Object.fromEntries(
        [
          'MAILS_PER_RECIPIENT',
          'MAILS_PER_ADDRESS',
          'LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS',
          'LOGIN_FAILURES_PER_ADDRESS',
          'LOGIN_FAILURES_PER_ACCOUNT_FROM_NEW_ADDRESSES',
        ].map((name) => [name, '100000']),
      )
      const open = {
        ...settings,
        SHIELD_ADDRESS: { limit: async () => ({ success: true }) },
      } as unknown as Partial<Env>
      const verify = vi.spyOn(passwords, 'verifyPassword')
      const hash = vi.spyOn(passwords, 'hashPassword')
      const ask = async (address: string) => {
        const { counts, fetch } = countingEnv(open)
        verify.mockClear()
        hash.mockClear()
        const reply = await fetch(requestOf('POST', path, { email: address, ...more }))
        const { requestId: _, ...body } = reply.body ?? {}
        const headers = [...reply.headers.keys()].filter((name) => name !== 'content-length')
        return {
          status: reply.status,
          body: JSON.stringify(body),
          headers,
          hashes: [verify.mock.calls.length, hash.mock.calls.length],
          // What follows the reply, such as the mail, is not part of it.
          asked: counts.sql.filter((query) => !query.includes('dev_outbox')).map((query) => query.replace(/\s+/g, ' ')),
        }
      }
      const known = await ask(email)
      expect(known).toEqual(await ask(newcomer().email))

      const { env: opened } = countingEnv(open)
      const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
      for (let at = 0; at < 100; at += 1)
        for (const who of ['known', 'unknown'] as const) {
          const request = requestOf('POST', path, { email: who === 'known' ? email : newcomer().email, ...more })
          const startedAt = performance.now()
          const execution = createExecutionContext()
          await (await worker.fetch(request, opened, execution)).text()
          times[who].push(performance.now() - startedAt)
          await waitOnExecutionContext(execution)
        }
      const told = `${median(times.known).toFixed(1)} ms for known, ${median(times.unknown).toFixed(1)} ms for unknown people`
      await annotate(`${path}: ${told}, medians of 200 tries.`, 'measured')
    },
  )
})
