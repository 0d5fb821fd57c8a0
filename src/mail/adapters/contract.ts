/** An address as mail knows it: `ada@example.org`, with a name for people if there is one. */
export interface Mailbox {
  address: string
  name?: string
}

export interface Mail {
  from: Mailbox
  to: Mailbox
  replyTo?: Mailbox
  subject: string
  text: string
  html: string
  /** More headers. Names of letters, digits and hyphens; values of one line. */
  headers?: Record<string, string>
  /**
   * `<name@domain>`, given by whoever sends, so that a mail that is sent again carries the id of the first. A service
   * that makes its own Message-ID gets it as `X-Studyhall-Message-ID`.
   */
  messageId: string
}

/** Brings one mail on its way. */
export interface MailSender {
  /** What /api/v1/health says is in use. */
  readonly name: string
  /**
   * Resolves once the other side has taken the mail over.
   * @throws MailFailure
   */
  send(mail: Mail): Promise<{ providerId: string | null }>
}

/**
 * - temporary: the same mail may go through later
 * - permanent: this mail to this address never will
 * - misconfigured: none will, until somebody changes a setting
 */
export type MailFailureKind = 'temporary' | 'permanent' | 'misconfigured'

/** Its message names the step and the code that failed, never an address, a password or the mail's words. */
export class MailFailure extends Error {
  override readonly name = 'MailFailure'
  constructor(
    readonly kind: MailFailureKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get into a header
const controls = /[\u0000-\u001f\u007f]/

/**
 * Refuses what could smuggle a header or a recipient into a mail, before any adapter sees it.
 * @throws MailFailure permanent
 */
export function requireSafeMail(mail: Mail): void {
  const boxes = [mail.from, mail.to, ...(mail.replyTo ? [mail.replyTo] : [])]
  for (const { address, name } of boxes) {
    if (!isAddress(address)) throw new MailFailure('permanent', 'an address is not an address')
    if (name !== undefined && controls.test(name)) throw new MailFailure('permanent', 'a name has control characters')
  }
  if (controls.test(mail.subject)) throw new MailFailure('permanent', 'the subject has control characters')
  if (!/^<[A-Za-z0-9._-]+@[A-Za-z0-9.-]+>$/.test(mail.messageId))
    throw new MailFailure('permanent', 'the Message-ID is not of the form <name@domain>')
  for (const [name, value] of Object.entries(mail.headers ?? {}))
    if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(name) || controls.test(value) || value === '')
      throw new MailFailure('permanent', 'a header has control characters')
}

/** One mailbox without spaces, brackets or control characters; not a list, not a comment. At most 254 characters. */
export function isAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u.test(text)
}
