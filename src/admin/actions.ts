import type { UserCtx } from '../app/context'
import { authErrors } from '../auth/errors'
import { userErrors } from '../users/errors'
import { toPublicUser } from '../users/rules'
import { adminErrors } from './errors'
import type { ChangeRole } from './schemas'
import { findPerson, updateRole } from './store'

/**
 * Gives somebody another role. It counts from that person's next request.
 * @throws user.not_found, admin.last_admin, auth.admin_required when the caller has just ceased to be one
 */
export async function changeRole(ctx: UserCtx, { userId, role, reason }: ChangeRole & { userId: string }) {
  const person = await findPerson(ctx, userId)
  if (!person) throw userErrors.notFound()
  const reply = { ...toPublicUser(person), role }
  if (person.role === role) return reply
  if (await updateRole(ctx, { userId, from: person.role, to: role, reason })) return reply
  const [me, now] = [await findPerson(ctx, ctx.actor.userId), await findPerson(ctx, userId)]
  if (me?.role !== 'admin') throw authErrors.adminRequired()
  if (!now) throw userErrors.notFound()
  // Somebody else has changed it at the same moment: what they wrote stands, and this is a new question.
  if (now.role !== person.role) return changeRole(ctx, { userId, role, reason })
  throw adminErrors.lastAdmin()
}
