import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Ctx } from '../../src/app/context'
import { checkCode, checkOutsideCode, issueCode, openOutsideCode } from '../../src/codes/actions'
import { sweepCodes } from '../../src/codes/jobs'
import { digitsFrom } from '../../src/codes/rules'
import { checkPhoneCode, startPhoneCheck } from '../../src/phone/actions'
import { makeTestCtx } from '../support/ctx'
import { readOutbox } from '../support/outbox'
import { FakeTwilio } from './fake-twilio'

const minute = 60_000
const start = Date.UTC(2026, 10, 21, 12)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(start)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)
const other = (code: string) => (code === '111111' ? '222222' : '111111')
const count = <T>(all: T[], one: T) => all.filter((each) => each === one).length

let made = 0
function newPhone(): string {
  made += 1
  return `+4366412${String(made).padStart(6, '0')}`
}

const settings = {
  accountSid: `AC${'1'.repeat(32)}`,
  authToken: 'a token: with a colon',
  serviceSid: `VA${'2'.repeat(32)}`,
}

interface Setup {
  ctx: Ctx
  /** The code that a phone shows. */
  codeOf(phone: string): Promise<string>
}

async function local(): Promise<Setup> {
  return {
    ctx: await makeTestCtx(),
    codeOf: async (phone) => /^\d{6}/.exec((await readOutbox(phone))[0]?.text ?? '')?.[0] ?? '',
  }
}

async function twilio(): Promise<Setup & { server: FakeTwilio }> {
  const server = new FakeTwilio(settings)
  vi.stubGlobal('fetch', server.fetch)
  const ctx = await makeTestCtx({
    TWILIO_ACCOUNT_SID: settings.accountSid,
    TWILIO_AUTH_TOKEN: settings.authToken,
    TWILIO_VERIFY_SERVICE_SID: settings.serviceSid,
  })
  return { server, ctx, codeOf: async (phone) => server.codeOf(phone) ?? '' }
}

describe.each([
  ['the local stand-in', local],
  ['Twilio', twilio],
])('a phone, checked by %s', (_, open: () => Promise<Setup>) => {
  async function started() {
    const setup = await open()
    const phone = newPhone()
    await startPhoneCheck(setup.ctx, { phone, locale: 'de-AT' })
    const code = await setup.codeOf(phone)
    expect(code).toMatch(/^\d{6}$/)
    return { ...setup, phone, code, check: (typed: string) => checkPhoneCode(setup.ctx, { phone, code: typed }) }
  }

  test('the right code proves it, once', async () => {
    const { code, check } = await started()
    expect(await check(other(code))).toBe('wrong')
    expect(await check(code)).toBe('approved')
    expect(await check(code)).toBe('expired')
  })

  test('a code proves only the phone it went to', async () => {
    const { ctx, code } = await started()
    const phone = newPhone()
    await startPhoneCheck(ctx, { phone, locale: 'en' })
    expect(await checkPhoneCode(ctx, { phone, code })).toBe('wrong')
  })

  test('a phone that was sent nothing is told the same as one whose code is old', async () => {
    const { ctx } = await open()
    expect(await checkPhoneCode(ctx, { phone: newPhone(), code: '123456' })).toBe('expired')
  })

  test('after ten minutes the code is of no use', async () => {
    const { code, check } = await started()
    later(10 * minute)
    expect(await check(code)).toBe('expired')
  })

  test('the sixth try is not compared, right or wrong', async () => {
    const { code, check } = await started()
    for (let n = 0; n < 5; n += 1) expect(await check(other(code))).toBe('wrong')
    expect(await check(code)).toBe('too_many')
  })

  test('of fifty wrong tries at once five are compared', async () => {
    const { code, check } = await started()
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => check(other(code))))
    expect(count(outcomes, 'wrong')).toBe(5)
    expect(count(outcomes, 'too_many')).toBe(45)
    expect(await check(code)).toBe('too_many')
  })

  test('of eight right tries at once one succeeds', async () => {
    const { code, check } = await started()
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => check(code)))
    expect(count(outcomes, 'approved')).toBe(1)
  })

  test('the next code may be asked for after a minute, by one of many at once', async () => {
    const { ctx, phone } = await started()
    later(minute - 1)
    const tooSoon = startPhoneCheck(ctx, { phone, locale: 'en' })
    await expect(tooSoon).rejects.toMatchObject({ code: 'rate.limited', details: { headers: { 'Retry-After': '1' } } })
    later(1)
    const starts = Array.from({ length: 8 }, () => startPhoneCheck(ctx, { phone, locale: 'en' }))
    const outcomes = await Promise.allSettled(starts)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('the newest code is the one that counts', async () => {
    const { ctx, phone, codeOf, check } = await started()
    later(minute)
    await startPhoneCheck(ctx, { phone, locale: 'en' })
    expect(await check(await codeOf(phone))).toBe('approved')
  })
})

describe('the local stand-in', () => {
  test('a new code voids the old', async () => {
    const { ctx, codeOf } = await local()
    const phone = newPhone()
    await startPhoneCheck(ctx, { phone, locale: 'en' })
    const old = await codeOf(phone)
    later(minute)
    await startPhoneCheck(ctx, { phone, locale: 'en' })
    if (old === (await codeOf(phone))) return
    expect(await checkPhoneCode(ctx, { phone, code: old })).toBe('wrong')
  })

  test('with neither Twilio nor an outbox, codes are off', async () => {
    const ctx = await makeTestCtx({ DEV_OUTBOX: '' })
    const refused = startPhoneCheck(ctx, { phone: newPhone(), locale: 'en' })
    await expect(refused).rejects.toMatchObject({ code: 'phone.unavailable' })
  })
})

describe('Twilio', () => {
  test('it is asked as its documentation says', async () => {
    const { ctx, server, codeOf } = await twilio()
    const phone = newPhone()
    await startPhoneCheck(ctx, { phone, locale: 'de-AT' })
    await checkPhoneCode(ctx, { phone, code: await codeOf(phone) })
    const common = {
      authorization: `Basic ${btoa(`${settings.accountSid}:${settings.authToken}`)}`,
      type: expect.stringContaining('application/x-www-form-urlencoded'),
    }
    const base = `https://verify.twilio.com/v2/Services/${settings.serviceSid}`
    expect(server.requests).toEqual([
      { ...common, url: `${base}/Verifications`, form: { To: phone, Channel: 'sms', Locale: 'de' } },
      { ...common, url: `${base}/VerificationCheck`, form: { To: phone, Code: expect.stringMatching(/^\d{6}$/) } },
    ])
  })

  test('a language that it may not know is left to it', async () => {
    const { ctx, server } = await twilio()
    await startPhoneCheck(ctx, { phone: newPhone(), locale: 'tlh' })
    expect(server.requests[0]?.form).not.toHaveProperty('Locale')
  })

  const answer = (status: number, code?: number) => () => Response.json({ status, code }, { status })

  test.each<[string, () => Response | Promise<Response>, string]>([
    ['60200, no such number', answer(400, 60200), 'phone.refused'],
    ['60205, a landline', answer(400, 60205), 'phone.refused'],
    ['60605, a country that is blocked', answer(403, 60605), 'phone.refused'],
    ['60203, too many sends', answer(429, 60203), 'rate.limited'],
    ['20003, a wrong token', answer(401, 20003), 'phone.not_sent'],
    ['20404, no such service', answer(404, 20404), 'phone.not_sent'],
    ['20429, too many requests', answer(429, 20429), 'phone.not_sent'],
    ['503 without a word of JSON', () => new Response('<html>', { status: 503 }), 'phone.not_sent'],
    ['nothing', () => Promise.reject(new TypeError('Network connection lost.')), 'phone.not_sent'],
  ])('when it answers %s, nobody has to wait for the next try', async (_, next, code) => {
    const { ctx, server } = await twilio()
    const phone = newPhone()
    server.next = next
    await expect(startPhoneCheck(ctx, { phone, locale: 'en' })).rejects.toMatchObject({ code })
    await startPhoneCheck(ctx, { phone, locale: 'en' })
    expect(server.codeOf(phone)).not.toBeNull()
  })

  test('a check without an answer uses up a try, and says that it was not made', async () => {
    const { ctx, server, codeOf } = await twilio()
    const phone = newPhone()
    await startPhoneCheck(ctx, { phone, locale: 'en' })
    const code = await codeOf(phone)
    for (let n = 0; n < 4; n += 1) {
      server.next = answer(500)
      await expect(checkPhoneCode(ctx, { phone, code })).rejects.toMatchObject({ code: 'phone.not_sent' })
    }
    expect(await checkPhoneCode(ctx, { phone, code })).toBe('approved')
  })

  test('it is given up after ten seconds', async () => {
    const { ctx } = await twilio()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort(new Error('timed out')))
    const slow = startPhoneCheck(ctx, { phone: newPhone(), locale: 'en' })
    await expect(slow).rejects.toMatchObject({ code: 'phone.not_sent' })
    expect(timeout).toHaveBeenCalledWith(10_000)
    timeout.mockRestore()
  })

  test('what the log says of a failure holds neither number nor token', async () => {
    const { ctx, server } = await twilio()
    const lines: unknown[] = []
    const note = (...line: unknown[]) => lines.push(line)
    const phone = newPhone()
    server.next = answer(401, 20003)
    const logged = { ...ctx, log: { info: note, warn: note, error: note } }
    await expect(startPhoneCheck(logged, { phone, locale: 'en' })).rejects.toThrow()
    const log = JSON.stringify(lines)
    expect(log).toContain('20003')
    expect(log).not.toContain(phone)
    expect(log).not.toContain(settings.authToken)
  })
})

describe('a code', () => {
  test('is good for its purpose only', async () => {
    const ctx = await makeTestCtx()
    const address = newPhone()
    const code = await issueCode(ctx, { purpose: 'sign-in', address })
    await issueCode(ctx, { purpose: 'change-phone', address })
    expect(await checkCode(ctx, { purpose: 'reset', address, code })).toBe('expired')
    expect(await checkCode(ctx, { purpose: 'sign-in', address, code })).toBe('approved')
  })

  test('proves nothing in the place of a code for another purpose or address', async () => {
    const ctx = await makeTestCtx()
    const [address, elsewhere] = [newPhone(), newPhone()]
    const code = await issueCode(ctx, { purpose: 'sign-in', address })
    for (const key of [
      { purpose: 'change-phone', address },
      { purpose: 'sign-in', address: elsewhere },
    ]) {
      await issueCode(ctx, key)
      await env.DB.prepare(
        'UPDATE codes SET hash = (SELECT hash FROM codes WHERE purpose = ? AND address = ?) WHERE purpose = ? AND address = ?',
      )
        .bind('sign-in', address, key.purpose, key.address)
        .run()
      expect(await checkCode(ctx, { ...key, code })).toBe('wrong')
    }
  })

  test('is compared five times and approved once, however many ask at once', async () => {
    const ctx = await makeTestCtx()
    const [guessed, known] = [newPhone(), newPhone()]
    const code = await issueCode(ctx, { purpose: 'sign-in', address: guessed })
    const guess = () => checkCode(ctx, { purpose: 'sign-in', address: guessed, code: other(code) })
    expect(count<string>(await Promise.all(Array.from({ length: 50 }, guess)), 'wrong')).toBe(5)
    const right = await issueCode(ctx, { purpose: 'sign-in', address: known })
    const enter = () => checkCode(ctx, { purpose: 'sign-in', address: known, code: right })
    expect(count<string>(await Promise.all(Array.from({ length: 8 }, enter)), 'approved')).toBe(1)
  })

  test('is of no use to anybody after ten minutes', async () => {
    const ctx = await makeTestCtx()
    const key = { purpose: 'sign-in', address: newPhone() }
    const code = await issueCode(ctx, key)
    later(10 * minute)
    expect(await checkCode(ctx, { ...key, code })).toBe('expired')
  })

  test('is nowhere in the database', async () => {
    const ctx = await makeTestCtx()
    const address = newPhone()
    const code = await issueCode(ctx, { purpose: 'sign-in', address })
    const rows = await env.DB.prepare('SELECT * FROM codes WHERE address = ?').bind(address).all()
    expect(rows.results).toHaveLength(1)
    expect(rows.results[0]?.hash).not.toContain(code)
    expect(rows.results[0]?.hash).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  test('is forgotten once it is of no use', async () => {
    const ctx = await makeTestCtx()
    const [old, young] = [newPhone(), newPhone()]
    await issueCode(ctx, { purpose: 'sign-in', address: old })
    later(10 * minute - 1)
    await issueCode(ctx, { purpose: 'sign-in', address: young })
    later(1)
    await sweepCodes(ctx)
    const rows = await env.DB.prepare('SELECT address FROM codes WHERE address IN (?, ?)').bind(old, young).all()
    expect(rows.results).toEqual([{ address: young }])
  })

  test('that somebody else compares is asked for five times, and believed once', async () => {
    const ctx = await makeTestCtx()
    const key = { purpose: 'outside', address: newPhone() }
    await openOutsideCode(ctx, key)
    const compare = vi.fn(async () => 'approved' as const)
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => checkOutsideCode(ctx, key, compare)))
    expect(compare.mock.calls.length).toBeLessThanOrEqual(5)
    expect(count<string>(outcomes, 'approved')).toBe(1)
  })

  test('that somebody else compares matches nothing here', async () => {
    const ctx = await makeTestCtx()
    const key = { purpose: 'outside', address: newPhone() }
    await openOutsideCode(ctx, key)
    expect(await checkCode(ctx, { ...key, code: '' })).toBe('wrong')
  })

  test('is any of a million, none likelier than another', () => {
    expect(digitsFrom(() => 7)).toBe('000007')
    expect(digitsFrom(() => 1_999_999)).toBe('999999')
    const numbers = [2 ** 32 - 1, 4_294_000_000, 12]
    expect(digitsFrom(() => numbers.shift() ?? 0)).toBe('000012')
  })
})
