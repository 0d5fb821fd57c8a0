import { endpointsOn, PushFailure, type PushKey, type PushSender, publicKeyOf, requireSoundPush } from './contract'

export interface WebPushSettings {
  key: PushKey
  /** Whom a push service can write to, RFC 8292 section 2.1: a mailto or https address. */
  subject: string
  /** Hosts of push services, and all below them. Nothing else is ever called. */
  hosts: readonly string[]
}

/** How long a push service may take, in milliseconds. */
const patience = 10_000

/** Web push by RFC 8030, encrypted by RFC 8291, with the key of RFC 8292. */
export function webPush({ key, subject, hosts }: WebPushSettings): PushSender {
  const publicKey = publicKeyOf(key)
  const accepts = endpointsOn(hosts)
  return {
    name: 'web push',
    publicKey,
    accepts,
    async send({ endpoint, p256dh, auth }, { payload, ...options }) {
      // Asked again: the list of hosts may have become shorter.
      if (!accepts(endpoint)) throw new PushFailure('gone', 'the endpoint is on no host of a push service')
      requireSoundPush({ payload, ...options })
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
      // The library makes a minute of none: what is of use only now would come late.
      const headers = { ...request.headers, ttl: String(options.ttl) }
      const status = await post(endpoint, { ...request, headers })
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
