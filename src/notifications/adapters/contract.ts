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
  /** @throws PushFailure */
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
