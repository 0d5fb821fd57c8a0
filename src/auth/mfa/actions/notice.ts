import type { Ctx } from '../../../app/context'
import { sendMail } from '../../../mail/actions'
import type { UserRow } from '../../../users/tables'

/**
 * Tells the owner by mail that there is a new way into the account, if mail is on. Comes after the fact and never undoes
 * it: a mail that cannot be sent is in the log, and the audit row is there in any case.
 */
export async function noticeSignInMethod(
  ctx: Ctx,
  user: Pick<UserRow, 'id' | 'email' | 'locale' | 'name' | 'timezone'>,
  method: 'passkey' | 'authenticator' | 'phone' | 'google' | 'github',
): Promise<void> {
  const { email, locale, name, timezone } = user
  if (!ctx.mail || email === null) return
  const messageId = `sign-in-method.${ctx.newId('audit')}`
  const values = { name, method, at: ctx.now(), timezone }
  ctx.later(
    sendMail(ctx, { to: email, locale, template: 'signInMethodAdded', values, messageId }).catch(() => undefined),
  )
}
