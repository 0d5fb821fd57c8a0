import {
  type Mail,
  type Mailbox,
  MailFailure,
  type MailFailureKind,
  type MailSender,
  requireSafeMail,
} from './contract'

/** What Cloudflare Email Service throws: an Error with one of its documented codes. */
const kinds: Record<string, MailFailureKind> = {
  E_SENDER_NOT_VERIFIED: 'misconfigured',
  E_SENDER_DOMAIN_NOT_AVAILABLE: 'misconfigured',
  E_RECIPIENT_NOT_ALLOWED: 'misconfigured',
  E_RATE_LIMIT_EXCEEDED: 'temporary',
  E_DAILY_LIMIT_EXCEEDED: 'temporary',
  E_INTERNAL_SERVER_ERROR: 'temporary',
  E_DELIVERY_FAILED: 'temporary',
}

const mailbox = ({ address, name }: Mailbox) => (name ? { email: address, name } : address)

/** Sends by a `send_email` binding. The service makes its own Message-ID and lets nobody set another. */
export function cloudflareMail(binding: SendEmail): MailSender {
  return {
    name: 'cloudflare',
    async send(mail: Mail) {
      requireSafeMail(mail)
      try {
        const { messageId } = await binding.send({
          from: mailbox(mail.from),
          to: mailbox(mail.to),
          ...(mail.replyTo ? { replyTo: mailbox(mail.replyTo) } : {}),
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          headers: { ...mail.headers, 'X-Studyhall-Message-ID': mail.messageId },
        })
        return { providerId: messageId }
      } catch (error) {
        throw failureOf(error)
      }
    },
  }
}

function failureOf(error: unknown): MailFailure {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
  if (code === null) return new MailFailure('temporary', 'the binding failed without a code', { cause: error })
  // Whatever else it has a code for is about this mail: its form, its size, its recipient.
  return new MailFailure(kinds[code] ?? 'permanent', code)
}
