import { importJWK, jwtVerify } from 'jose'

const utf8 = new TextEncoder()
const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
const ecdhWith = { name: 'ECDH' }
const ecdh = { name: 'ECDH', namedCurve: 'P-256' }

export interface Received {
  payload: Record<string, unknown>
  topic: string | null
  ttl: number
  urgency: string | null
}

/**
 * A push service and the browser behind it: checks the request by RFC 8030 and 8292 as a real one would, and decrypts it
 * by RFC 8291 with the browser's keys.
 */
export class PushService {
  readonly received: Received[] = []
  /** What it answers instead of 201. */
  status = 201

  private constructor(
    readonly origin: string,
    private readonly keys: CryptoKeyPair,
    private readonly point: Uint8Array,
    private readonly auth: Uint8Array,
  ) {}

  static async open(origin: string): Promise<PushService> {
    const keys = (await crypto.subtle.generateKey(ecdh, true, ['deriveBits'])) as CryptoKeyPair
    const point = new Uint8Array((await crypto.subtle.exportKey('raw', keys.publicKey)) as ArrayBuffer)
    return new PushService(origin, keys, point, crypto.getRandomValues(new Uint8Array(16)))
  }

  get endpoint() {
    return `${this.origin}/send/${base64url(this.auth)}`
  }

  /** As `PushSubscription.toJSON()` gives it. */
  get subscription() {
    return {
      endpoint: this.endpoint,
      expirationTime: null,
      keys: { p256dh: base64url(this.point), auth: base64url(this.auth) },
    }
  }

  /** What the browser would be handed once it is there: of each topic the last. */
  get waiting(): Received[] {
    return [...new Map(this.received.map((one) => [one.topic, one])).values()]
  }

  /** What `send` is given for this browser. */
  get target() {
    return { endpoint: this.endpoint, ...this.subscription.keys }
  }

  /** Takes the place of `fetch`. */
  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    if (request.url !== this.endpoint) throw new Error(`nobody is at ${request.url}`)
    if (init?.redirect !== 'manual') throw new Error('a redirect would be followed')
    if (request.method !== 'POST') return new Response(null, { status: 405 })
    await this.checkKey(request.headers.get('Authorization') ?? '')
    const ttl = request.headers.get('TTL')
    if (ttl === null || !/^\d+$/.test(ttl)) return new Response('TTL', { status: 400 })
    const topic = request.headers.get('Topic')
    if (topic !== null && !/^[A-Za-z0-9_-]{1,32}$/.test(topic)) return new Response('Topic', { status: 400 })
    if (request.headers.get('Content-Encoding') !== 'aes128gcm') return new Response('encoding', { status: 415 })
    const body = new Uint8Array(await request.arrayBuffer())
    if (body.length > 4096) return new Response(null, { status: 413 })
    if (this.status !== 201) return new Response(null, { status: this.status })
    const payload = JSON.parse(await this.decrypt(body))
    this.received.push({ payload, topic, ttl: Number(ttl), urgency: request.headers.get('Urgency') })
    return new Response(null, { status: 201 })
  }

  private async checkKey(authorization: string) {
    const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(\S+)$/i.exec(authorization) ?? []
    const point = Uint8Array.fromBase64(key, { alphabet: 'base64url' })
    const jwk = { kty: 'EC', crv: 'P-256', x: base64url(point.slice(1, 33)), y: base64url(point.slice(33)) }
    const { payload } = await jwtVerify(token, await importJWK(jwk, 'ES256'), { audience: this.origin })
    if (!/^(mailto:|https:)/.test(payload.sub ?? '')) throw new Error('no subject to write to')
    if ((payload.exp ?? 0) > Date.now() / 1000 + 24 * 60 * 60) throw new Error('valid for more than a day')
  }

  private async decrypt(body: Uint8Array): Promise<string> {
    const salt = body.slice(0, 16)
    const idLength = body[20] ?? 0
    const sender = body.slice(21, 21 + idLength)
    const publicKey = await crypto.subtle.importKey('raw', sender, ecdh, false, [])
    const shared = await crypto.subtle.deriveBits(
      { ...ecdhWith, public: publicKey } as typeof ecdhWith,
      this.keys.privateKey,
      256,
    )
    const info = new Uint8Array([...utf8.encode('WebPush: info\0'), ...this.point, ...sender])
    const secret = await hkdf(new Uint8Array(shared), this.auth, info, 32)
    const key = await hkdf(secret, salt, utf8.encode('Content-Encoding: aes128gcm\0'), 16)
    const nonce = await hkdf(secret, salt, utf8.encode('Content-Encoding: nonce\0'), 12)
    const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
    const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, aes, body.slice(21 + idLength))
    const padded = new Uint8Array(opened)
    const end = padded.lastIndexOf(2)
    return new TextDecoder().decode(padded.slice(0, end))
  }
}

async function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', Uint8Array.from(secret), 'HKDF', false, ['deriveBits'])
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: Uint8Array.from(salt), info: Uint8Array.from(info) }
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, length * 8))
}
