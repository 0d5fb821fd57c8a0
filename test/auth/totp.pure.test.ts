import { expect, test } from 'vitest'
import { factorsOf, openSteps, readCode, stepAt } from '../../src/auth/mfa/rules'
import { base32, matchTotp, totpCode, totpUri } from '../../src/auth/mfa/totp'

const secret = Uint8Array.from(new TextEncoder().encode('12345678901234567890'))

// RFC 6238, appendix B, for SHA-1; six of its eight digits.
test.each([
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
])('at %s seconds the code of RFC 6238 is %s', async (seconds, code) => {
  expect(await totpCode(secret, stepAt(seconds * 1000))).toBe(code)
})

test('the code of the step before and after is good, of two away is not', async () => {
  const now = 1_700_000_010_000
  const matches = (step: number, lastStep = -1) =>
    totpCode(secret, step).then((code) => matchTotp(secret, { code, now, lastStep }))
  const present = stepAt(now)
  expect(await matches(present)).toBe(present)
  expect(await matches(present - 1)).toBe(present - 1)
  expect(await matches(present + 1)).toBe(present + 1)
  expect(await matches(present - 2)).toBeNull()
  expect(await matches(present + 2)).toBeNull()
})

test('a code that was used, or an older one, is not good again', async () => {
  const now = 1_700_000_010_000
  const present = stepAt(now)
  expect(openSteps(now, present)).toEqual([present + 1])
  const code = await totpCode(secret, present)
  expect(await matchTotp(secret, { code, now, lastStep: present })).toBeNull()
  expect(await matchTotp(secret, { code, now, lastStep: present - 1 })).toBe(present)
})

test('base32 is that of RFC 4648', () => {
  const encode = (text: string) => base32(new TextEncoder().encode(text))
  expect(['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map(encode)).toEqual([
    '',
    'MY',
    'MZXQ',
    'MZXW6',
    'MZXW6YQ',
    'MZXW6YTB',
    'MZXW6YTBOI',
  ])
})

test('the address for the QR code says all that an app needs, whatever the account is called', () => {
  const uri = new URL(totpUri(secret, 'ada+maths&more@uni.example'))
  expect(decodeURIComponent(uri.pathname)).toContain('Studyhall:ada+maths&more@uni.example')
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
    issuer: 'Studyhall',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  })
})

test.each([
  ['123456', 'totp'],
  ['123 456', 'totp'],
  ['12345', undefined],
  ['1234567', undefined],
  ['12345a', undefined],
  ['', undefined],
  ['IIIIII-OOOOOO-UUUUUU-LLLLLL', undefined],
])('what is typed as "%s" is %s', (typed, kind) => {
  expect(readCode(typed)?.kind).toBe(kind)
})

test('recovery codes stand beside a second factor, never alone', () => {
  const none = { hasTotp: 0, hasPasskeys: 0, hasRecoveryCodes: 1 }
  expect(factorsOf(none)).toEqual([])
  expect(factorsOf({ ...none, hasTotp: 1 })).toEqual(['totp', 'recovery_code'])
  expect(factorsOf({ ...none, hasPasskeys: 1, hasRecoveryCodes: 0 })).toEqual(['passkey'])
})
