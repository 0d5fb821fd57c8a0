import type { Config } from '../../app/config'
import { base64url, randomBytes } from '../../shared/secrets'

type KeyRing = Config['MFA_KEY']

const keysByRing = new WeakMap<KeyRing, Promise<{ id: string; key: CryptoKey }[]>>()

/** A key of its own for this use, so that another use of the same setting shares nothing with it. */
function keysOf(ring: KeyRing) {
  let keys = keysByRing.get(ring)
  if (!keys) {
    keys = Promise.all(ring.map(async ({ id, bytes }) => ({ id, key: await deriveKey(bytes) })))
    keysByRing.set(ring, keys)
  }
  return keys
}

async function deriveKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const master = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey'])
  const info = new TextEncoder().encode('studyhall authenticator secrets')
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    master,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

/**
 * Encrypts a secret for the database with the first key of MFA_KEY: `v1.<key id>.<iv>.<ciphertext>`.
 * @param owner whose it is; it opens for nobody else, so a row that was copied to another person is worthless
 */
export async function seal(config: Config, owner: string, secret: Uint8Array<ArrayBuffer>): Promise<string> {
  const [first] = await keysOf(config.MFA_KEY)
  if (!first) throw new Error('MFA_KEY is empty')
  const iv = randomBytes(12)
  const additionalData = new TextEncoder().encode(owner)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, first.key, secret)
  return `v1.${first.id}.${base64url(iv)}.${base64url(new Uint8Array(sealed))}`
}

/** @throws when the key is gone from MFA_KEY, or the text was changed or belongs to somebody else */
export async function unseal(config: Config, owner: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const [version, id, iv = '', sealed = ''] = text.split('.')
  const found = (await keysOf(config.MFA_KEY)).find((one) => one.id === id)
  if (version !== 'v1' || !found) throw new Error(`MFA_KEY has no key ${id}`)
  const bytes = (encoded: string) => Uint8Array.fromBase64(encoded, { alphabet: 'base64url' })
  const additionalData = new TextEncoder().encode(owner)
  return new Uint8Array(
    await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes(iv), additionalData }, found.key, bytes(sealed)),
  )
}
