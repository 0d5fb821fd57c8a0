import { type Mail, type MailSender, requireSafeMail } from './contract'

/** A local stand-in: sends nothing, and keeps each mail where /dev/outbox shows it. */
export function outboxMail(keep: (mail: Mail) => Promise<string>): MailSender {
  return {
    name: 'local outbox (stand-in)',
    async send(mail) {
      requireSafeMail(mail)
      return { providerId: await keep(mail) }
    },
  }
}
