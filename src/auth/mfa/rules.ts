const minute = 60 * 1000

/** How long the second factor may take, and how often something may be compared for it. */
export const mfaChallengeMs = 10 * minute
export const maxMfaTries = 5

/** How long an authenticator app may wait for its first code. */
export const totpSetupMs = 10 * minute

/** How young a session has to be to change how its owner signs in without proving it once more. */
const freshMs = 10 * minute

export const isFresh = (startedAt: number, now: number) => now - startedAt < freshMs

/** RFC 6238 with what every authenticator app understands: SHA-1, six digits, thirty seconds. */
export const totpStepSeconds = 30
export const totpDigits = 6
/** Steps before and after the present one, for clocks that are not quite right. */
const totpDrift = 1

export const stepAt = (now: number) => Math.floor(now / 1000 / totpStepSeconds)

/** The steps whose codes are good now and were not used yet, the likeliest first. */
export function openSteps(now: number, lastStep: number): number[] {
  const present = stepAt(now)
  return [present, present - totpDrift, present + totpDrift].filter((step) => step > lastStep)
}

export type SecondFactor = 'totp' | 'passkey' | 'recovery_code'

/** What a person may prove themselves with after the first factor; empty means that the first is enough. */
export function factorsOf(has: { hasTotp: number; hasPasskeys: number; hasRecoveryCodes: number }): SecondFactor[] {
  const methods: SecondFactor[] = []
  if (has.hasTotp === 1) methods.push('totp')
  if (has.hasPasskeys === 1) methods.push('passkey')
  if (methods.length > 0 && has.hasRecoveryCodes === 1) methods.push('recovery_code')
  return methods
}

/** Without 0, O, 1, I, L and U: what is copied by hand is not mistaken. */
export const recoveryAlphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ'
export const recoveryCodeCount = 10
export const recoveryCodeLength = 24

/** Grouped for the eye: `7KQ2MD-…`. */
export const spellRecoveryCode = (characters: string) => characters.match(/.{6}/g)?.join('-') ?? characters

/** What somebody typed as one of our codes: `totp` for six digits, `recovery_code`, or null for neither. */
export function readCode(typed: string): { kind: 'totp' | 'recovery_code'; code: string } | null {
  const code = typed.replace(/[\s-]/g, '').toUpperCase()
  if (/^\d{6}$/.test(code)) return { kind: 'totp', code }
  if (code.length === recoveryCodeLength && [...code].every((character) => recoveryAlphabet.includes(character)))
    return { kind: 'recovery_code', code }
  return null
}

/**
 * Who counts against whom when sign-ins stop at the second factor: strangers elsewhere, who know the password, cannot
 * use up the tries of the owner's own addresses.
 */
export const mfaThrottle = (userId: string, address: string, isKnownAddress: boolean, max: number) => ({
  name: 'second-factor',
  key: `second-factor:${userId}:${isKnownAddress ? address : 'elsewhere'}`,
  max,
  windowMs: 60 * minute,
})

/** Passwords and codes that somebody who is signed in types to prove themselves once more. */
export const proofThrottle = (userId: string, max: number) => ({
  name: 'proof',
  key: `proof:${userId}`,
  max,
  windowMs: 15 * minute,
})
