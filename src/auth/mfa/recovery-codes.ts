import { hashSecret, randomBytes } from '../../shared/secrets'
import { recoveryAlphabet, recoveryCodeCount, recoveryCodeLength, spellRecoveryCode } from './rules'

/** Ten codes as their owner sees them, once. */
export const makeRecoveryCodes = () => Array.from({ length: recoveryCodeCount }, makeRecoveryCode)

function makeRecoveryCode(): string {
  let characters = ''
  // Bytes above the last whole multiple would make some characters likelier than others.
  const limit = Math.floor(256 / recoveryAlphabet.length) * recoveryAlphabet.length
  while (characters.length < recoveryCodeLength)
    for (const byte of randomBytes(recoveryCodeLength))
      if (byte < limit && characters.length < recoveryCodeLength)
        characters += recoveryAlphabet[byte % recoveryAlphabet.length]
  return spellRecoveryCode(characters)
}

/** @param code in any spelling that `readCode` understands */
export const hashRecoveryCode = (userId: string, code: string) =>
  hashSecret(`${userId}|${code.replace(/[\s-]/g, '').toUpperCase()}`)
