import type { Ctx } from '../../../app/context'
import { sendMail } from '../../../mail/actions'
import { hashSecret, newSecret } from '../../../shared/secrets'
import { pseudonym } from '../../refresh-tokens'
import { addressOf } from '../../rules'
import type { EmailTokenRow } from '../../tables'
import { linkTo, mailThrottles } from '../rules'

type Purpose = EmailTokenRow['purpose']

const templates = { verify: 'verifyAddress', change: 'confirmNewAddress', reset: 'resetPassword' } as const

/** A link that is not kept yet: the token goes into the mail, its hash into the database. */
export async function newLink<P extends Purpose>(purpose: P, email: string) {
  const token = newSecret()
  return { token, link: { hash: await hashSecret(token), purpose, email } }
}

/** What counts mails to an address, the same for addresses that nobody has here. */
export async function throttlesOf(ctx: Ctx, email: string) {
  return mailThrottles(ctx.config, await pseudonym(ctx.config, email), addressOf(ctx))
}

/**
 * Mails a link that is kept, after the reply. Comes after the fact: a mail that cannot be sent is in the log.
 * @param base where this Studyhall is reached
 */
export function mailLink(
  ctx: Ctx,
  {
    purpose,
    email,
    locale,
    token,
    base,
  }: {
    purpose: Purpose
    email: string
    locale: string
    token: string
    base: string
  },
): void {
  const values = { url: linkTo(base, purpose, token) }
  const messageId = `${purpose}.${ctx.newId('outbox')}`
  const send = () => sendMail(ctx, { to: email, locale, template: templates[purpose], values, messageId })
  // Writing the mail takes milliseconds, which before the reply would tell that there is somebody to write to.
  const replied = new Promise((resolve) => setTimeout(resolve, 0))
  ctx.later(replied.then(send).catch(() => undefined))
}
