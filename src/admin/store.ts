import { and, eq, ne, sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { auditEvent } from '../audit/actions'
import { recordEvent } from '../outbox/actions'
import { type UserRow, users } from '../users/tables'

/** Somebody who is not erased. */
export async function findPerson(ctx: UserCtx, userId: string): Promise<UserRow | null> {
  const [row] = await ctx.db
    .select()
    .from(users)
    .where(and(eq(users.id, userId), ne(users.status, 'deleted')))
  return row ?? null
}

/**
 * Changes a role while the caller is still an admin, and never takes the last admin away.
 * @param from the role that the decision was about
 * @returns false when one of that is no longer so; then nothing was written
 */
export async function updateRole(
  ctx: UserCtx,
  { userId, from, to, reason }: { userId: string; from: UserRow['role']; to: UserRow['role']; reason: string },
): Promise<boolean> {
  const admins = sql`(SELECT count(*) FROM ${users} AS admins WHERE admins.role = 'admin' AND admins.status = 'active')`
  const isMine = sql`EXISTS (SELECT 1 FROM ${users} AS me
    WHERE me.id = ${ctx.actor.userId} AND me.role = 'admin' AND me.status = 'active')`
  const may = sql`id = ${userId} AND role = ${from} AND status <> 'deleted' AND ${isMine}
    AND (role <> 'admin' OR ${to} = 'admin' OR status <> 'active' OR ${admins} > 1)`
  const [, , changed] = await ctx.db.batch([
    recordEvent(
      ctx,
      { type: 'security.role_changed', to: [userId], facts: { from, to, reason } },
      sql`EXISTS (SELECT 1 FROM ${users} WHERE ${may})`,
    ),
    auditEvent(
      ctx,
      { event: 'user.role_changed', subjectId: userId, reason, details: { from, to } },
      sql`EXISTS (SELECT 1 FROM ${users} WHERE ${may})`,
    ),
    ctx.db.all<{ id: string }>(sql`
      UPDATE ${users} SET role = ${to}, updated_at = ${ctx.now()} WHERE ${may} RETURNING id`),
  ])
  return changed.length > 0
}
