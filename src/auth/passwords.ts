import Argon2, { Argon2Type, Argon2Version } from '@phi-ag/argon2'
import argon2Module from '@phi-ag/argon2/argon2.wasm'
import { dummyHash, passwordPolicy } from './rules'

let loaded: Argon2 | null = null

/** One instance for the life of the isolate: its 19 MiB are used again by the next hash. */
function argon2(): Argon2 {
  loaded ??= new Argon2(new WebAssembly.Instance(argon2Module))
  return loaded
}

/** Takes about 20 ms of CPU; count the try before. @returns a PHC string */
export function hashPassword(password: string): string {
  return argon2().hash(withByteLength(password), {
    ...passwordPolicy,
    type: Argon2Type.Argon2id,
    version: Argon2Version.Version13,
  }).encoded
}

/** Without a stored hash it takes as long as with one, and says no. */
export function verifyPassword(stored: string | null, password: string): boolean {
  const { success } = argon2().tryVerify(stored ?? dummyHash, withByteLength(password))
  return success && stored !== null
}

/**
 * @phi-ag/argon2 0.5 reads as many UTF-8 bytes as the string has UTF-16 units, so everything past ASCII would cut the
 * password short. Zeros behind it bring the length to its bytes; they are not read themselves.
 */
export function withByteLength(password: string): string {
  const bytes = new TextEncoder().encode(password).length
  return password.padEnd(bytes, '\0')
}
