import type { Ctx } from '../../../app/context'
import { sendMail } from '../../../mail/actions'
import type { MailTemplate, TemplateValues } from '../../../mail/templates/content'
import type { UserRow } from '../../../users/tables'

export type Owner = Pick<UserRow, 'email' | 'emailVerifiedAt' | 'locale' | 'name' | 'timezone'>
type Notice = Extract<MailTemplate, 'addressChanged' | 'passwordChanged' | 'signInMethodAdded'>
type Facts<T extends Notice> = Omit<TemplateValues[T], 'name' | 'at' | 'timezone'>

/**
 * Tells people by mail what has just happened to their account, after the reply. Only at an address that they have
 * proven: these mails carry names, and nobody may have us write to strangers. A mail that cannot be sent is in the log,
 * and the audit row is there in any case.
 */
export function tellOwner<T extends Notice>(ctx: Ctx, owner: Owner, template: T, facts: Facts<T>): void {
  const { email, emailVerifiedAt, locale, name, timezone } = owner
  if (!ctx.mail || email === null || emailVerifiedAt === null) return
  const values = { ...facts, name, at: ctx.now(), timezone } as unknown as TemplateValues[T]
  const messageId = `notice.${ctx.newId('outbox')}`
  ctx.later(sendMail(ctx, { to: email, locale, template, values, messageId }).catch(() => undefined))
}
