import type { Mutation } from './mutation'

const phone = 'test/phone/phone.test.ts'
const mfa = 'test/auth/mfa.test.ts'
const passkeys = 'test/auth/passkeys.test.ts'

/** Codes and second factors (security.md, "Accounts"). */
export const codeMutations: readonly Mutation[] = [
  {
    id: 'code.comparisons-unlimited',
    rule: 'Codes: at most 5 comparisons even under 50 parallel tries.',
    file: 'src/codes/store.ts',
    find: ' AND tries < ${maxTries}`',
    replace: '`',
    test: [phone, 'is compared five times and approved once, however many ask at once'],
  },
  {
    id: 'code.used-again',
    rule: 'Codes: one use. Eight parallel right codes: one success.',
    file: 'src/codes/store.ts',
    find: 'sql`used_at IS NULL AND expires_at >',
    replace: 'sql`expires_at >',
    test: [phone, 'is compared five times and approved once, however many ask at once'],
  },
  {
    id: 'code.never-expires',
    rule: 'Codes: one use, <= 10 min.',
    file: 'src/codes/store.ts',
    find: 'used_at IS NULL AND expires_at > ${now} AND tries',
    replace: 'used_at IS NULL AND ${now} > 0 AND tries',
    test: [phone, 'is of no use to anybody after ten minutes'],
  },
  {
    id: 'code.too-soon',
    rule: 'Codes: resend >= 60 s.',
    file: 'src/codes/store.ts',
    find: 'WHERE codes.created_at <= ${now - resendAfterMs}',
    replace: 'WHERE codes.created_at <= ${now}',
    test: [phone, 'the next code may be asked for after a minute, by one of many at once'],
  },
  {
    id: 'code.any-address',
    rule: 'Codes: bound to purpose and address.',
    file: 'src/codes/store.ts',
    find: 'used_at = CASE WHEN hash = ${hash} THEN ${now} END\n      WHERE purpose = ${key.purpose} AND address = ${key.address} AND',
    replace:
      'used_at = CASE WHEN length(${hash}) THEN ${now} END\n      WHERE purpose = ${key.purpose} AND address = ${key.address} AND',
    test: [phone, 'a code proves only the phone it went to'],
  },
  {
    id: 'code.any-purpose',
    rule: 'Codes: bound to purpose and address.',
    file: 'src/codes/actions.ts',
    find: 'JSON.stringify([purpose, address, code])',
    replace: 'JSON.stringify([address, code].slice(purpose.length > 99 ? 1 : 0))',
    test: [phone, 'proves nothing in the place of a code for another purpose or address'],
  },
  {
    id: 'code.outside-believed-twice',
    rule: 'Codes: one use, also where a service outside compares them.',
    file: 'src/codes/store.ts',
    find: 'AND address = ${key.address} AND used_at IS NULL AND expires_at',
    replace: 'AND address = ${key.address} AND expires_at',
    test: [phone, 'that somebody else compares is asked for five times, and believed once'],
  },
  {
    id: 'mfa.comparisons-unlimited',
    rule: 'Codes (phone, mail, MFA): at most 5 comparisons even under 50 parallel tries.',
    file: 'src/auth/mfa/store.ts',
    find: 'AND tries < ${maxMfaTries}\n      RETURNING tries',
    replace: '\n      RETURNING tries',
    test: [mfa, 'of fifty wrong codes at once, compares five, and then the right one is too late'],
  },
  {
    id: 'mfa.challenge-never-expires',
    rule: 'Codes (phone, mail, MFA): <= 10 min.',
    file: 'src/auth/mfa/rules.ts',
    find: 'export const mfaChallengeMs = 10 * minute',
    replace: 'export const mfaChallengeMs = 11 * minute',
    test: [mfa, 'is over after ten minutes, and the sweep forgets it'],
  },
  {
    id: 'totp.used-again',
    rule: 'TOTP per RFC 6238: a code is used once.',
    file: 'src/auth/mfa/store.ts',
    find: 'AND confirmed_at IS NOT NULL AND last_step < ${proven.step})',
    replace: 'AND confirmed_at IS NOT NULL AND ${proven.step} > 0)',
    test: [mfa, 'of one right code for eight sign-ins at once, one opens a session'],
  },
  {
    id: 'totp.two-steps-of-drift',
    rule: 'TOTP per RFC 6238, one step of drift.',
    file: 'src/auth/mfa/rules.ts',
    find: 'const totpDrift = 1',
    replace: 'const totpDrift = 2',
    test: ['test/auth/totp.pure.test.ts', 'the code of the step before and after is good, of two away is not'],
  },
  {
    id: 'recovery-code.used-again',
    rule: 'Codes (phone, mail, MFA): one use.',
    file: 'src/auth/mfa/store.ts',
    find: 'WHERE user_id = ${userId} AND hash = ${proven.hash} AND used_at IS NULL)',
    replace: 'WHERE user_id = ${userId} AND hash = ${proven.hash})',
    test: [mfa, 'of eight uses at once, opens one session'],
  },
  {
    id: 'passkey.counter-ignored',
    rule: 'A passkey whose counter does not grow is a copy, and is refused.',
    file: 'src/auth/passkeys/store.ts',
    find: '(counter < ${counter} OR',
    replace: '(${counter} = ${counter} OR',
    test: [passkeys, 'of two answers at once with the same count, takes one'],
  },
]
