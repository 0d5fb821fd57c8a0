export interface PushTarget {
  endpoint: string
  p256dh: string
  auth: string
}

/** What a browser is told. Small: a push service need not take more than 4 KiB. */
export interface PushMessage {
  /** A later message of the same topic takes the place of one that was not shown yet: the same for every try. */
  topic: string
  /** For how many seconds it is of use. */
  ttl: number
  urgency: 'low' | 'normal' | 'high'
  payload: Record<string, string | number | null>
}

/** Brings a message to a browser. */
export interface PushSender {
  /** What /api/v1/health says is in use. */
  readonly name: string
  /** The application server key of RFC 8292, which a browser wants to know when it subscribes. */
  readonly publicKey: string
  /** Whether this may be an endpoint at all: https, on a host where push services are. */
  accepts(endpoint: string): boolean
  /**
   * Resolves once the push service has taken the message over.
   * @throws PushFailure
   */
  send(target: PushTarget, message: PushMessage): Promise<void>
}

/**
 * - temporary: the same message may go through later
 * - gone: this browser takes none any more
 * - permanent: this message never will
 */
export type PushFailureKind = 'temporary' | 'gone' | 'permanent'

/** Its message names a status, never an endpoint or words. */
export class PushFailure extends Error {
  override readonly name = 'PushFailure'
  constructor(
    readonly kind: PushFailureKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** The application server's own key, a P-256 key as a JWK. */
export interface PushKey {
  x: string
  y: string
  d: string
}

/** The uncompressed point, as browsers and headers want it. */
export function publicKeyOf({ x, y }: PushKey): string {
  const [left, right] = [x, y].map((part) => Uint8Array.fromBase64(part, { alphabet: 'base64url' }))
  return new Uint8Array([4, ...(left ?? []), ...(right ?? [])]).toBase64({ alphabet: 'base64url', omitPadding: true })
}

/** Says of an address whether it is on one of these hosts or below it, by https and nothing more. */
export function endpointsOn(hosts: readonly string[]): PushSender['accepts'] {
  return (endpoint) => {
    const url = URL.canParse(endpoint) ? new URL(endpoint) : null
    if (url?.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') return false
    return hosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`))
  }
}

/** What fits into 4,096 bytes once it is encrypted: RFC 8291, section 4. */
const maxPayloadBytes = 3993

/**
 * Refuses what no push service need take, before any adapter sends it.
 * @throws PushFailure permanent
 */
export function requireSoundPush({ topic, ttl, payload }: PushMessage): void {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(topic)) throw new PushFailure('permanent', 'the topic is none by RFC 8030')
  if (!Number.isInteger(ttl) || ttl < 0) throw new PushFailure('permanent', 'the time to live is no number of seconds')
  if (new TextEncoder().encode(JSON.stringify(payload)).length > maxPayloadBytes)
    throw new PushFailure('permanent', 'it is too large')
}
