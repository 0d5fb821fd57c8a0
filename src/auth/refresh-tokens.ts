import type { Config } from '../app/config'

/** What a refresh token says of itself, before anything of it is believed. */
export interface RefreshToken {
  sessionId: string
  n: number
  mac: Uint8Array<ArrayBuffer>
}

type KeyRing = Config['REFRESH_KEYS']

const keysByRing = new WeakMap<KeyRing, Promise<{ id: string; key: CryptoKey }[]>>()

function keysOf(ring: KeyRing) {
  let keys = keysByRing.get(ring)
  if (!keys) {
    keys = Promise.all(
      ring.map(async ({ id, bytes }) => ({
        id,
        key: await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']),
      })),
    )
    keysByRing.set(ring, keys)
  }
  return keys
}

const signed = (sessionId: string, n: number, salt: string) => new TextEncoder().encode(`${sessionId}|${n}|${salt}`)

export const newRefreshSalt = () => crypto.getRandomValues(new Uint8Array(16)).toBase64({ alphabet: 'base64url' })

/** `rt1.<sid>.<n>.<MAC>`: made anew from the session's row whenever it is needed, and stored nowhere. */
export async function makeRefreshToken(
  config: Config,
  session: { id: string; n: number; salt: string; keyId: string },
): Promise<string> {
  const key = (await keysOf(config.REFRESH_KEYS)).find(({ id }) => id === session.keyId)
  if (!key) throw new Error(`REFRESH_KEYS has no key ${session.keyId}`)
  const mac = await crypto.subtle.sign('HMAC', key.key, signed(session.id, session.n, session.salt))
  return `rt1.${session.id}.${session.n}.${new Uint8Array(mac).toBase64({ alphabet: 'base64url', omitPadding: true })}`
}

/** Null for anything that does not have the form of a refresh token. */
export function parseRefreshToken(token: string): RefreshToken | null {
  const found = /^rt1\.(ses_[0-9a-z]{26})\.(0|[1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/.exec(token)
  const [, sessionId, n, mac] = found ?? []
  if (sessionId === undefined || n === undefined || mac === undefined) return null
  try {
    return { sessionId, n: Number(n), mac: Uint8Array.fromBase64(mac, { alphabet: 'base64url' }) }
  } catch {
    return null
  }
}

/** Whether we made this token, with whichever of our keys. Compares in constant time. */
export async function isOurs(config: Config, token: RefreshToken, salt: string): Promise<boolean> {
  for (const { key } of await keysOf(config.REFRESH_KEYS))
    if (await crypto.subtle.verify('HMAC', key, token.mac, signed(token.sessionId, token.n, salt))) return true
  return false
}

/** A short name for something that we must recognise but not keep, such as what was typed where a name belongs. */
export async function pseudonym(config: Config, text: string): Promise<string> {
  const [first] = await keysOf(config.REFRESH_KEYS)
  if (!first) throw new Error('REFRESH_KEYS is empty')
  const mac = await crypto.subtle.sign('HMAC', first.key, new TextEncoder().encode(`pseudonym|${text}`))
  return new Uint8Array(mac, 0, 12).toBase64({ alphabet: 'base64url' })
}
