import { cloudflareMail } from '../../src/mail/adapters/cloudflare'
import { type Mail, MailFailure } from '../../src/mail/adapters/contract'
import { type SmtpSettings, smtpMail } from '../../src/mail/adapters/smtp'

export interface Order {
  /** Null sends by the binding. */
  smtp: SmtpSettings | null
  mail: Mail
}

/** The real adapters in a Worker of their own, so that a test in Node can be the other side of the wire. */
export default {
  async fetch(request: Request, env: { EMAIL: SendEmail }): Promise<Response> {
    const { smtp, mail } = await request.json<Order>()
    const sender = smtp ? smtpMail(smtp, Date.now) : cloudflareMail(env.EMAIL)
    try {
      return Response.json({ ok: true, ...(await sender.send(mail)) })
    } catch (error) {
      const kind = error instanceof MailFailure ? error.kind : null
      return Response.json({ ok: false, kind, reason: String(error) })
    }
  },
}
