import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { auditOf, goodPassword, me, register, rows } from '../support/accounts'
import { readOutbox } from '../support/outbox'
import { type Call, call, countingEnv, origin, requestOf, signUp } from '../support/people'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_900_000_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const minute = 60_000
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

let numbers = 0
const newNumber = () => {
  numbers += 1
  return `+4366012${String(numbers).padStart(5, '0')}`
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const verify = (body: unknown, headers?: Record<string, string>) => call('POST', '/auth/phone/verify', body, headers)

/** Asks for a code and reads it where the stand-in keeps it. */
async function codeFor(phone: string): Promise<string> {
  expect((await call('POST', '/auth/phone/send-otp', { phone })).status).toBe(202)
  return (await readOutbox(phone))[0]?.text.slice(0, 6) ?? 'no code'
}

async function phonePerson(name = 'Ada') {
  const phone = newNumber()
  const reply = await verify({ phone, code: await codeFor(phone), name })
  pass(minute)
  return { phone, id: reply.body.user.id as string, accessToken: reply.body.accessToken as string, reply }
}

const failures = () => rows("SELECT * FROM audit_log WHERE event = 'login.failed'")

describe('a phone', () => {
  test('makes an account for a new number under a name, without an address or a password', async () => {
    const { reply, phone, id } = await phonePerson('Ada Phone')
    expect(reply.status).toBe(201)
    expect(reply.headers.get('Location')).toBe(`/api/v1/users/${id}`)
    expect(reply.body).toMatchObject({ user: { phone, email: null, emailVerified: false, name: 'Ada Phone' } })
    expect((await me(reply.body.accessToken)).body.phone).toBe(phone)
    expect(await auditOf(id)).toEqual(['user.registered'])
    expect(
      JSON.stringify((await call('GET', `/users/${id}`, undefined, bearer(reply.body.accessToken))).body),
    ).not.toContain(phone)
  })

  test('stands for a proven address: whoever has only a number may write to people', async () => {
    const [{ accessToken }, bob, carl] = [await phonePerson(), await signUp(), await signUp()]
    const ask = (username: string, headers: Record<string, string>) =>
      call('POST', '/friends/requests', { username }, headers)
    expect((await ask(bob.username, bearer(accessToken))).status).toBe(201)
    expect((await ask(carl.username, bearer(bob.accessToken))).body.code).toBe('auth.email_verification_required')
  })

  test('signs in whoever has the number, and leaves a name alone that is sent along', async () => {
    const { phone, id } = await phonePerson('Ada')
    const reply = await verify({ phone, code: await codeFor(phone), name: 'Somebody Else' })
    expect(reply).toMatchObject({ status: 200, body: { user: { id, name: 'Ada' } } })
    expect(await auditOf(id)).toEqual(['user.registered', 'session.started'])
  })

  test('sets cookies when asked, only for our own pages', async () => {
    const { phone } = await phonePerson()
    const code = await codeFor(phone)
    const body = { phone, code, transport: 'cookie' }
    expect(await verify(body, { Origin: 'https://elsewhere.example' })).toMatchObject({ status: 403 })
    const reply = await verify(body, { Origin: origin })
    expect(reply.headers.getSetCookie()).toHaveLength(2)
    expect(reply.body.accessToken).toBeUndefined()
  })

  test('needs a name for a new number, and says so only to who has the code', async () => {
    const phone = newNumber()
    const code = await codeFor(phone)
    expect(await verify({ phone, code: code === '000000' ? '000001' : '000000' })).toMatchObject({
      body: { code: 'auth.phone_code_invalid' },
    })
    expect(await verify({ phone, code })).toMatchObject({ status: 422, body: { code: 'auth.name_required' } })
    expect(await rows('SELECT id FROM users WHERE phone = ?', phone)).toEqual([])
  })

  test('of fifty wrong codes at once compares five; each that fails leaves one audit row', async () => {
    const phone = newNumber()
    const code = await codeFor(phone)
    const wrong = code === '000000' ? '000001' : '000000'
    const before = (await failures()).length
    const replies = await Promise.all(Array.from({ length: 50 }, () => verify({ phone, code: wrong, name: 'Ada' })))
    expect(replies.every(({ status, body }) => status === 401 && body.code === 'auth.phone_code_invalid')).toBe(true)
    expect(await rows("SELECT tries FROM codes WHERE purpose = 'phone_local' AND address = ?", phone)).toEqual([
      { tries: 5 },
    ])
    expect(await failures()).toHaveLength(before + 50)
    expect((await verify({ phone, code, name: 'Ada' })).status).toBe(401)
  })

  test('of eight right codes at once lets one in', async () => {
    const phone = newNumber()
    const code = await codeFor(phone)
    const replies = await Promise.all(Array.from({ length: 8 }, () => verify({ phone, code, name: 'Ada' })))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(401)])
    expect(await rows('SELECT count(*) AS n FROM users WHERE phone = ?', phone)).toEqual([{ n: 1 }])
  })

  test.each(['+43 660 1', '0660123456', '+0660123456', '+4366012345678901', '00436601234567', '+43abc'])(
    'must be in E.164: %s is not',
    async (phone) => {
      expect((await call('POST', '/auth/phone/send-otp', { phone })).status).toBe(422)
    },
  )

  test('gets a code a minute and ten a day, and an address asks for thirty; a refusal is not counted', async () => {
    const phone = newNumber()
    const { fetch } = countingEnv({ PHONE_CODES_PER_NUMBER: '2', PHONE_CODES_PER_ADDRESS: '3' } as Partial<Env>)
    const ask = (to: string) =>
      fetch(requestOf('POST', '/auth/phone/send-otp', { phone: to }, { 'CF-Connecting-IP': '192.0.2.77' }))
    expect((await ask(phone)).status).toBe(202)
    expect(await ask(phone)).toMatchObject({ status: 429 })
    pass(minute)
    expect((await ask(phone)).status).toBe(202)
    pass(minute)
    expect((await ask(phone)).headers.get('RateLimit')).toMatch(/^"phone";r=0/)
    expect((await ask(newNumber())).status).toBe(202)
    expect((await ask(newNumber())).headers.get('RateLimit')).toMatch(/^"phone-address";r=0/)
    pass(24 * 60 * minute)
    expect((await ask(phone)).status).toBe(202)
  })

  test('says that it is off where it is', async () => {
    const { fetch } = countingEnv({ DEV_OUTBOX: 'off' } as Partial<Env>)
    for (const [path, more] of [
      ['send-otp', {}],
      ['verify', { code: '123456' }],
    ] as const)
      expect(await fetch(requestOf('POST', `/auth/phone/${path}`, { phone: newNumber(), ...more }))).toMatchObject({
        status: 503,
        body: { code: 'phone.unavailable' },
      })
  })

  test('makes no account where people need the address of a school', async () => {
    const phone = newNumber()
    const code = await codeFor(phone)
    const { fetch } = countingEnv({ ALLOWED_EMAIL_DOMAINS: 'edu' } as Partial<Env>)
    expect(await fetch(requestOf('POST', '/auth/phone/verify', { phone, code, name: 'Ada' }))).toMatchObject({
      status: 403,
      body: { code: 'auth.phone_sign_up_closed' },
    })
  })

  test('asks for the second factor where there is one, and never opens a suspended account', async () => {
    const { phone, id } = await phonePerson()
    await env.DB.prepare('INSERT INTO totp_secrets VALUES (?, ?, 1, 1, -1)').bind(id, 'v1.x.y.z').run()
    const owed = await verify({ phone, code: await codeFor(phone) })
    expect(owed.body).toMatchObject({ mfaRequired: true, methods: ['totp'] })
    expect(owed.body.accessToken).toBeUndefined()
    pass(minute)
    await env.DB.prepare("UPDATE users SET status = 'suspended' WHERE id = ?").bind(id).run()
    expect((await verify({ phone, code: await codeFor(phone) })).status).toBe(401)
    expect(await rows('SELECT count(*) AS n FROM sessions WHERE user_id = ?', id)).toEqual([{ n: 1 }])
  })
})

describe('to link a phone', () => {
  test('needs the password before the code is looked at; the owner hears of it', async () => {
    const { body, input } = await register()
    await env.DB.prepare('UPDATE users SET email_verified_at = 1 WHERE id = ?').bind(body.user.id).run()
    const phone = newNumber()
    const code = await codeFor(phone)
    const link = (password?: string) =>
      verify({ phone, code, ...(password ? { password } : {}) }, bearer(body.accessToken))
    expect(await link()).toMatchObject({ status: 403, body: { code: 'auth.fresh_sign_in_required' } })
    expect(await link('wrong horse')).toMatchObject({ status: 401, body: { code: 'auth.invalid_credentials' } })
    expect(await link(goodPassword)).toMatchObject({ status: 200, body: { user: { phone, id: body.user.id } } })
    expect((await auditOf(body.user.id)).filter((event) => event === 'phone.linked')).toHaveLength(1)
    await vi.waitFor(async () =>
      expect((await readOutbox(input.email)).map(({ subject }) => subject)).toContain(
        'There is a new way to sign in to your account',
      ),
    )
    pass(minute)
    expect((await verify({ phone, code: await codeFor(phone) })).body.user.id).toBe(body.user.id)
  })

  test('that somebody else has is refused, and changes nothing', async () => {
    const { phone } = await phonePerson()
    const bob = await signUp({ createdAt: Date.now() })
    expect(await bob.call('POST', '/auth/phone/verify', { phone, code: await codeFor(phone) })).toMatchObject({
      status: 409,
      body: { code: 'auth.phone_taken' },
    })
    expect(await auditOf(bob.id)).toEqual([])
  })

  test('at once with somebody else ends with one owner', async () => {
    const [ada, bob] = [await signUp(), await signUp()]
    const phone = newNumber()
    const code = await codeFor(phone)
    const replies = await Promise.all([ada, bob].map((one) => one.call('POST', '/auth/phone/verify', { phone, code })))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 401])
    expect(await rows('SELECT count(*) AS n FROM users WHERE phone = ?', phone)).toEqual([{ n: 1 }])
  })

  test('with a session that is over makes no second account', async () => {
    const phone = newNumber()
    const code = await codeFor(phone)
    expect((await verify({ phone, code, name: 'Ada' }, bearer('not.a.token'))).status).toBe(401)
    expect(await verify({ phone, code, name: 'Ada', password: goodPassword })).toMatchObject({
      status: 401,
      body: { code: 'auth.required' },
    })
    expect((await verify({ phone, code, name: 'Ada' })).status).toBe(201)
  })
})

describe('a role', () => {
  const give = (call: Call, id: string, role: string, reason = 'teaches algebra') =>
    call('PUT', `/admin/users/${id}/role`, { role, reason })
  const roleEvents = (id: string) =>
    rows("SELECT actor_id, reason, details FROM audit_log WHERE event = 'user.role_changed' AND subject_id = ?", id)

  test('is given by admins, counts at once, and stays in the log with its reason', async () => {
    const [admin, ada] = [await signUp({ role: 'admin' }), await signUp()]
    expect(await give(admin.call, ada.id, 'instructor')).toMatchObject({
      status: 200,
      body: { id: ada.id, role: 'instructor' },
    })
    expect((await me(ada.accessToken)).body.role).toBe('instructor')
    expect((await give(admin.call, ada.id, 'instructor')).status).toBe(200)
    expect(await roleEvents(ada.id)).toEqual([
      { actor_id: admin.id, reason: 'teaches algebra', details: '{"from":"student","to":"instructor"}' },
    ])
  })

  test('is not given by students or instructors, nor without a reason, nor to nobody', async () => {
    const [admin, ada] = [await signUp({ role: 'admin' }), await signUp()]
    for (const role of ['student', 'instructor'] as const) {
      const one = await signUp({ role })
      expect(await give(one.call, one.id, 'admin')).toMatchObject({
        status: 403,
        body: { code: 'auth.admin_required' },
      })
    }
    expect((await give(call, ada.id, 'admin')).status).toBe(401)
    expect((await give(admin.call, ada.id, 'admin', ' ')).status).toBe(422)
    expect((await give(admin.call, ada.id, 'owner')).status).toBe(422)
    expect((await give(admin.call, 'usr_01h455vb4pex5vsknk084sn02q', 'admin')).status).toBe(404)
    expect(await roleEvents(ada.id)).toEqual([])
  })

  test('of the last admin stays, and of two who take it from each other at once one keeps it', async () => {
    await env.DB.prepare("UPDATE users SET role = 'student' WHERE role = 'admin'").run()
    const [ada, bob] = [await signUp({ role: 'admin' }), await signUp({ role: 'admin' })]
    const replies = await Promise.all([give(ada.call, bob.id, 'student'), give(bob.call, ada.id, 'student')])
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 403])
    const [last] = await rows("SELECT id FROM users WHERE role = 'admin'")
    const one = last?.id === ada.id ? ada : bob
    expect(await give(one.call, one.id, 'student')).toMatchObject({ status: 409, body: { code: 'admin.last_admin' } })
    expect(await roleEvents(one.id)).toEqual([])
  })
})
