import type { Ctx } from '../../../app/context'
import { requireMail } from '../../../mail/actions'
import { throttled } from '../../actions/throttle'
import { mailLink, newLink, throttlesOf } from '../../email/actions/mail-link'
import { keepResetLink } from '../../email/store'

/**
 * Mails a link to choose a new password. Answers alike whether or not there is such an account.
 * @throws mail.unavailable, rate.limited
 */
export async function forgotPassword(ctx: Ctx, { email }: { email: string }, base: string): Promise<void> {
  requireMail(ctx)
  const { token, link } = await newLink('reset', email)
  const { reader, refused, full } = await keepResetLink(ctx, link, await throttlesOf(ctx, email))
  if (refused) throw throttled(ctx, full)
  if (reader) mailLink(ctx, { purpose: 'reset', email, locale: reader.locale, token, base })
}
