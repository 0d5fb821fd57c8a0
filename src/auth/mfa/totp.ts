import { openSteps, stepAt, totpDigits, totpStepSeconds } from './rules'

/** 160 bits, as RFC 4226 asks. */
export const totpSecretBytes = 20

/** The code of one time step (RFC 6238, over RFC 4226). */
export async function totpCode(secret: Uint8Array<ArrayBuffer>, step: number): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-1' }, false, ['sign'])
  const counter = new DataView(new ArrayBuffer(8))
  counter.setBigUint64(0, BigInt(step))
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer))
  const offset = mac.getUint8(mac.byteLength - 1) & 0xf
  const number = (mac.getUint32(offset) & 0x7fffffff) % 10 ** totpDigits
  return String(number).padStart(totpDigits, '0')
}

/** The step that a code belongs to, of those that are still open; null when it is wrong, old or used. */
export async function matchTotp(
  secret: Uint8Array<ArrayBuffer>,
  { code, now, lastStep }: { code: string; now: number; lastStep: number },
): Promise<number | null> {
  let matched: number | null = null
  for (const step of openSteps(now, lastStep)) if (isSame(await totpCode(secret, step), code)) matched ??= step
  return matched
}

export const currentTotp = (secret: Uint8Array<ArrayBuffer>, now: number) => totpCode(secret, stepAt(now))

/** Takes as long for the first difference as for the last. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at % Math.max(1, b.length))
  return difference === 0
}

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 without padding: how authenticator apps want a secret. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += base32Alphabet[(buffer >>> (bits - 5)) & 31]
    buffer &= (1 << bits) - 1
  }
  return bits > 0 ? text + base32Alphabet[(buffer << (5 - bits)) & 31] : text
}

/** What the QR code says. */
export function totpUri(secret: Uint8Array, account: string): string {
  const issuer = 'Studyhall'
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  const query = { secret: base32(secret), issuer, algorithm: 'SHA1', digits: totpDigits, period: totpStepSeconds }
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `otpauth://totp/${label}?${pairs.join('&')}`
}
