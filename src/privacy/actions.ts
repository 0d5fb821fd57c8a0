import type { UserCtx } from '../app/context'
import { endAllSessions } from '../auth/actions/end-session'
import { requireFresh } from '../auth/mfa/actions/require-fresh'
import { sendMail } from '../mail/actions'
import { reindexPerson, unindexPerson } from '../profiles/actions'
import { privacyErrors } from './errors'
import { deletionDelayMs } from './rules'
import type { DeleteMe } from './schemas'
import { deleteDeletion, findContact, insertDeletion } from './store'

/**
 * Schedules the erasure of the caller's account: it signs out everywhere and can be taken back for 14 days.
 * @param base where this Studyhall is, for the link in the mail
 * @throws auth.invalid_credentials, auth.fresh_sign_in_required, rate.limited
 */
export async function deleteMe(ctx: UserCtx, { password, messages }: DeleteMe, base: string) {
  const { userId } = ctx.actor
  await requireFresh(ctx, password === undefined ? { strict: true } : { password, strict: true })
  const erasesAt = ctx.now() + deletionDelayMs
  const written = await insertDeletion(ctx, { messages, erasesAt }, [unindexPerson(ctx, userId)])
  await endAllSessions(ctx, ctx.actor, 'account')
  if (written) ctx.later(tellByMail(ctx, base, erasesAt))
  return { erasesAt: new Date(erasesAt).toISOString(), messages }
}

/** Takes the erasure back. @throws user.no_deletion_scheduled */
export async function restoreMe(ctx: UserCtx): Promise<void> {
  const { userId } = ctx.actor
  if (!(await deleteDeletion(ctx, await reindexPerson(ctx, userId)))) throw privacyErrors.noDeletion()
}

/** Never throws: the account says when it is going to be erased, whether or not the mail arrives. */
async function tellByMail(ctx: UserCtx, base: string, erasesAt: number): Promise<void> {
  const contact = ctx.mail && (await findContact(ctx, ctx.actor.userId))
  if (!contact?.email) return
  const { email: to, locale, name, timezone } = contact
  const messageId = `deletion.${ctx.actor.userId}.${erasesAt}`
  const values = { name, url: base, at: erasesAt, timezone }
  // What went wrong is in the log already.
  await sendMail(ctx, { to, locale, template: 'deletionScheduled', values, messageId }).catch(() => undefined)
}
