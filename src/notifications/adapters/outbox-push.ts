import {
  endpointsOn,
  PushFailure,
  type PushKey,
  type PushMessage,
  type PushSender,
  publicKeyOf,
  requireSoundPush,
} from './contract'

interface Parts {
  key: PushKey
  hosts: readonly string[]
  /** Puts a message where /dev/outbox shows it, in the place of one of the same endpoint and topic. */
  keep(endpoint: string, message: PushMessage): Promise<unknown>
}

/**
 * A local stand-in: sends nothing, and keeps what a browser would have been told. It takes the endpoints and keys that a
 * push service would, so that what works here works there.
 */
export function outboxPush({ key, hosts, keep }: Parts): PushSender {
  const accepts = endpointsOn(hosts)
  return {
    name: 'local outbox (stand-in)',
    publicKey: publicKeyOf(key),
    accepts,
    async send({ endpoint, p256dh, auth }, message) {
      if (!accepts(endpoint)) throw new PushFailure('gone', 'the endpoint is on no host of a push service')
      requireSoundPush(message)
      if (!(await isKey(p256dh)) || bytesOf(auth)?.length !== 16)
        throw new PushFailure('permanent', 'it could not be encrypted')
      await keep(endpoint, message)
    },
  }
}

function bytesOf(text: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url' })
  } catch {
    return null
  }
}

/** Whether it is a point on the curve, which `importKey` checks. */
async function isKey(text: string): Promise<boolean> {
  const bytes = bytesOf(text)
  if (!bytes) return false
  const ecdh = { name: 'ECDH', namedCurve: 'P-256' }
  return crypto.subtle.importKey('raw', bytes, ecdh, false, []).then(
    () => true,
    () => false,
  )
}
