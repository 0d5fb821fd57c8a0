/** Fresh random secrets for a machine of one's own: every one that the Worker needs, in the form in which it reads them. */
export async function localSecrets(): Promise<Record<string, string>> {
  const id = random(6)
  const { privateKey } = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  const jwk = (await crypto.subtle.exportKey('jwk', privateKey)) as JsonWebKey
  return {
    TOKEN_SIGNING_KEYS: JSON.stringify([{ kty: jwk.kty, crv: jwk.crv, kid: id, x: jwk.x, d: jwk.d }]),
    REFRESH_KEYS: `${id}:${random(32)}`,
    CURSOR_KEY: `${id}:${random(32)}`,
    MFA_KEY: `${id}:${random(32)}`,
    VAPID_KEY: await pushKey(),
  }
}

/** What push services know us by. */
async function pushKey(): Promise<string> {
  const { privateKey } = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const { kty, crv, x, y, d } = (await crypto.subtle.exportKey('jwk', privateKey)) as JsonWebKey
  return JSON.stringify({ kty, crv, x, y, d })
}

function random(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url')
}
