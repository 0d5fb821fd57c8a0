import type { UserCtx } from '../app/context'
import { endAllSessions } from '../auth/actions/end-session'
import { requireFresh } from '../auth/mfa/actions/require-fresh'
import { reindexPerson, unindexPerson } from '../profiles/actions'
import { privacyErrors } from './errors'
import { deletionDelayMs } from './rules'
import type { DeleteMe } from './schemas'
import { deleteDeletion, insertDeletion } from './store'

/**
 * Schedules the erasure of the caller's account: it signs out everywhere and can be taken back for 14 days.
 * @throws auth.invalid_credentials, auth.fresh_sign_in_required, rate.limited
 */
export async function deleteMe(ctx: UserCtx, { password, messages }: DeleteMe) {
  const { userId } = ctx.actor
  await requireFresh(ctx, password === undefined ? { strict: true } : { password, strict: true })
  const erasesAt = ctx.now() + deletionDelayMs
  await insertDeletion(ctx, { messages, erasesAt }, [unindexPerson(ctx, userId)])
  await endAllSessions(ctx, ctx.actor, 'account')
  return { erasesAt: new Date(erasesAt).toISOString(), messages }
}

/** Takes the erasure back. @throws user.no_deletion_scheduled */
export async function restoreMe(ctx: UserCtx): Promise<void> {
  const { userId } = ctx.actor
  if (!(await deleteDeletion(ctx, await reindexPerson(ctx, userId)))) throw privacyErrors.noDeletion()
}
