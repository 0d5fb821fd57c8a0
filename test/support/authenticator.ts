/** A passkey in software: what a browser and an authenticator would send, for real keys, with every part open to lies. */
export interface Passkey {
  id: string
  /** Answers a registration. */
  create(options: CreationOptions, lies?: Lies): Promise<Record<string, unknown>>
  /** Answers a sign-in; the counter goes up by one each time, unless told otherwise. */
  get(options: RequestOptions, lies?: Lies): Promise<Record<string, unknown>>
}

interface CreationOptions {
  challenge: string
  rp: { id?: string }
  user: { id: string }
}

interface RequestOptions {
  challenge: string
  rpId?: string
}

/** Where the answer differs from what an honest browser would send. */
interface Lies {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  counter?: number
  userVerified?: boolean
  userPresent?: boolean
  signature?: (signature: Uint8Array) => Uint8Array
  /** The form of the attestation, and its statement made of a signature by the passkey's own key. */
  attestation?: [format: string, statement: (signature: Uint8Array) => Map<string, Cbor>]
}

const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
const utf8 = (text: string) => new TextEncoder().encode(text)
const sha256 = async (bytes: Uint8Array) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)))

/** @param counting false for one that always says 0, as those that are kept in a cloud do */
export async function makePasskey(origin: string, { counting = true } = {}): Promise<Passkey> {
  const keys = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const rawId = crypto.getRandomValues(new Uint8Array(32))
  const id = base64url(rawId)
  let counter = 0
  let userHandle = ''

  const clientData = (type: string, challenge: string, lies: Lies) =>
    utf8(
      JSON.stringify({
        type: lies.type ?? type,
        challenge: lies.challenge ?? challenge,
        origin: lies.origin ?? origin,
        crossOrigin: false,
      }),
    )

  const authenticatorData = async (rpId: string, lies: Lies, attested: Uint8Array) => {
    const present = lies.userPresent === false ? 0 : 0x01
    const verified = lies.userVerified === false ? 0 : 0x04
    const flags = present | verified | (attested.length > 0 ? 0x40 : 0)
    const count = new DataView(new ArrayBuffer(4))
    count.setUint32(0, lies.counter ?? counter)
    const rpIdHash = await sha256(utf8(lies.rpId ?? rpId))
    return concat(rpIdHash, Uint8Array.of(flags), new Uint8Array(count.buffer), attested)
  }

  const sign = async (authData: Uint8Array, client: Uint8Array) => {
    const signed = concat(authData, await sha256(client))
    return der(new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, signed)))
  }

  const answer = (response: Record<string, unknown>) => ({
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response,
  })

  return {
    id,
    async create({ challenge, rp, user }, lies = {}) {
      userHandle = user.id
      const jwk = (await crypto.subtle.exportKey('jwk', keys.publicKey)) as JsonWebKey
      const coordinate = (text = '') => Uint8Array.fromBase64(text, { alphabet: 'base64url' })
      // COSE: kty EC2, alg ES256, crv P-256, x, y.
      const publicKey = cbor(
        new Map<number, Cbor>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, coordinate(jwk.x)],
          [-3, coordinate(jwk.y)],
        ]),
      )
      const attested = concat(new Uint8Array(16), Uint8Array.of(0, rawId.length), rawId, publicKey)
      const authData = await authenticatorData(rp.id ?? new URL(origin).hostname, lies, attested)
      const client = clientData('webauthn.create', challenge, lies)
      const [format, statement] = lies.attestation ?? ['none', () => new Map<string, Cbor>()]
      const attestation = new Map<string, Cbor>([
        ['fmt', format],
        ['attStmt', statement(await sign(authData, client))],
        ['authData', authData],
      ])
      return answer({
        clientDataJSON: base64url(client),
        attestationObject: base64url(cbor(attestation)),
        transports: ['internal'],
      })
    },
    async get({ challenge, rpId }, lies = {}) {
      if (counting) counter += 1
      const client = clientData('webauthn.get', challenge, lies)
      const authData = await authenticatorData(rpId ?? new URL(origin).hostname, lies, new Uint8Array())
      const signature = await sign(authData, client)
      return answer({
        clientDataJSON: base64url(client),
        authenticatorData: base64url(authData),
        signature: base64url(lies.signature?.(signature) ?? signature),
        userHandle,
      })
    },
  }
}

export type Cbor = number | string | Uint8Array | Cbor[] | Map<number, Cbor> | Map<string, Cbor>

/** As much of RFC 8949 as an attestation needs. */
function cbor(value: Cbor): Uint8Array<ArrayBuffer> {
  const head = (major: number, n: number) => {
    if (n < 24) return Uint8Array.of((major << 5) | n)
    return n < 256 ? Uint8Array.of((major << 5) | 24, n) : Uint8Array.of((major << 5) | 25, n >> 8, n & 255)
  }
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return concat(head(3, utf8(value).length), utf8(value))
  if (value instanceof Uint8Array) return concat(head(2, value.length), value)
  if (Array.isArray(value)) return concat(head(4, value.length), ...value.map(cbor))
  return concat(head(5, value.size), ...[...value].flatMap(([key, inner]) => [cbor(key), cbor(inner)]))
}

/** WebCrypto's r and s side by side, as the ASN.1 sequence that WebAuthn wants. */
function der(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const integer = (bytes: Uint8Array) => {
    const start = bytes.findIndex((byte) => byte !== 0)
    const trimmed = bytes.slice(start < 0 ? bytes.length - 1 : start)
    const padded = (trimmed[0] ?? 0) > 127 ? concat(Uint8Array.of(0), trimmed) : trimmed
    return concat(Uint8Array.of(2, padded.length), padded)
  }
  const body = concat(integer(raw.slice(0, 32)), integer(raw.slice(32)))
  return concat(Uint8Array.of(0x30, body.length), body)
}

function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
