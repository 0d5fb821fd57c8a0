/** What became of a code that somebody typed. `expired` is also one that was used, or that never was. */
export type PhoneOutcome = 'approved' | 'wrong' | 'expired' | 'too_many'

/** Proves that somebody holds a phone: a code goes there and comes back. */
export interface PhoneVerifier {
  /** What /api/v1/health says is in use. */
  readonly name: string
  /**
   * Sends a code that is good for ten minutes.
   * @param phone in E.164, such as +4366412345678
   * @param locale the reader's, such as de-AT
   * @throws PhoneFailure
   */
  start(phone: string, locale: string): Promise<void>
  /** @throws PhoneFailure */
  check(phone: string, code: string): Promise<PhoneOutcome>
}

/**
 * - temporary: the same call may go through later
 * - limited: this number has had too many codes for now
 * - refused: no code can reach this number
 * - misconfigured: none can reach any, until somebody changes a setting
 */
export type PhoneFailureKind = 'temporary' | 'limited' | 'refused' | 'misconfigured'

/** Its message names a status or a code of the service, never a number or what somebody typed. */
export class PhoneFailure extends Error {
  override readonly name = 'PhoneFailure'
  constructor(
    readonly kind: PhoneFailureKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
