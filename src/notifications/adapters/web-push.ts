import { PushFailure, type PushSender } from './contract'

export interface WebPushSettings {
  /** A P-256 key as a JWK. */
  key: { x: string; y: string; d: string }
  /** Whom a push service can write to, RFC 8292 section 2.1: a mailto or https address. */
  subject: string
  /** Hosts of push services, and all below them. Nothing else is ever called. */
  hosts: readonly string[]
}

/** How long a push service may take, in milliseconds. */
const patience = 10_000

/** Web push by RFC 8030, encrypted by RFC 8291, with the key of RFC 8292. */
export function webPush({ key, subject, hosts }: WebPushSettings): PushSender {
  const publicKey = toPublicKey(key)
  const accepts = (endpoint: string) => {
    const url = URL.canParse(endpoint) ? new URL(endpoint) : null
    if (url?.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') return false
    return hosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`))
  }
  return {
    name: 'web push',
    publicKey,
    accepts,
    async send({ endpoint, p256dh, auth }, { payload, ...options }) {
      // Asked again: the list of hosts may have become shorter.
      if (!accepts(endpoint)) throw new PushFailure('gone', 'the endpoint is on no host of a push service')
      // Loaded with the first message, so that a Worker that sends none starts without it.
      const { buildPushPayload } = await import('@block65/webcrypto-web-push')
      let request: Awaited<ReturnType<typeof buildPushPayload>>
      try {
        request = await buildPushPayload(
          { data: payload, options },
          { endpoint, expirationTime: null, keys: { p256dh, auth } },
          { subject, publicKey, privateKey: key.d },
        )
      } catch (error) {
        throw new PushFailure('permanent', 'it could not be encrypted', { cause: error })
      }
      const status = await post(endpoint, request)
      if (status >= 200 && status < 300) return
      throw new PushFailure(kindOf(status), `the push service answered ${status}`)
    },
  }
}

async function post(endpoint: string, request: { headers: Record<string, string>; method: string; body: Uint8Array }) {
  try {
    const answer = await fetch(endpoint, {
      method: request.method.toUpperCase(),
      headers: request.headers,
      body: request.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    })
    await answer.body?.cancel()
    return answer.status
  } catch (error) {
    throw new PushFailure('temporary', 'the push service did not answer', { cause: error })
  }
}

/** 404 and 410 say that the subscription is over (RFC 8030, 7.3); 429 and 5xx that it is not the moment. */
function kindOf(status: number) {
  if (status === 404 || status === 410) return 'gone'
  return status === 429 || status >= 500 ? 'temporary' : 'permanent'
}

/** The uncompressed point, as browsers and headers want it. */
function toPublicKey({ x, y }: { x: string; y: string }): string {
  const [left, right] = [x, y].map((part) => Uint8Array.fromBase64(part, { alphabet: 'base64url' }))
  return new Uint8Array([4, ...(left ?? []), ...(right ?? [])]).toBase64({ alphabet: 'base64url', omitPadding: true })
}
