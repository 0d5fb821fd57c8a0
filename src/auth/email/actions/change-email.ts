import type { UserCtx } from '../../../app/context'
import { requireMail } from '../../../mail/actions'
import { throttled } from '../../actions/throttle'
import { authErrors } from '../../errors'
import { requireFresh } from '../../mfa/actions/require-fresh'
import { isAllowedDomain } from '../../rules'
import type { ChangeEmail } from '../schemas'
import { keepChangeLink } from '../store'
import { mailLink, newLink, throttlesOf } from './mail-link'

/**
 * Mails a link to a new address; the old one stays until it is used. Answers alike when somebody else has proven the
 * address, and then writes to nobody.
 * @throws mail.unavailable, auth.email_domain_not_allowed, auth.invalid_credentials, auth.fresh_sign_in_required,
 * rate.limited
 */
export async function changeEmail(ctx: UserCtx, { email, password }: ChangeEmail, base: string): Promise<void> {
  requireMail(ctx)
  if (!isAllowedDomain(email, ctx.config.ALLOWED_EMAIL_DOMAINS)) throw authErrors.emailDomainNotAllowed()
  await requireFresh(ctx, { password, strict: true })
  const { token, link } = await newLink('change', email)
  const { reader, refused, full } = await keepChangeLink(ctx, link, await throttlesOf(ctx, email))
  if (refused) throw throttled(ctx, full)
  if (reader) mailLink(ctx, { purpose: 'change', email, locale: reader.locale, token, base })
}
