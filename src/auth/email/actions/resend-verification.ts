import type { Ctx } from '../../../app/context'
import { requireMail } from '../../../mail/actions'
import { throttled } from '../../actions/throttle'
import { keepVerifyLink } from '../store'
import { mailLink, newLink, throttlesOf } from './mail-link'

/**
 * Mails a new link to an address that waits to be proven. Answers alike whether or not there is one.
 * @throws mail.unavailable, rate.limited
 */
export async function resendVerification(ctx: Ctx, { email }: { email: string }, base: string): Promise<void> {
  requireMail(ctx)
  const { token, link } = await newLink('verify', email)
  const { reader, refused, full } = await keepVerifyLink(ctx, link, await throttlesOf(ctx, email))
  if (refused) throw throttled(ctx, full)
  if (reader) mailLink(ctx, { purpose: 'verify', email, locale: reader.locale, token, base })
}
