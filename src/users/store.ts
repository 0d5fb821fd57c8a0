import { and, eq, ne } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { userErrors } from './errors'
import type { UpdateMe } from './schemas'
import { type UserRow, users } from './tables'

/** @throws user.not_found, also for an erased account */
export async function accessUser(ctx: Ctx, userId: string): Promise<UserRow> {
  const [row] = await ctx.db
    .select()
    .from(users)
    .where(and(eq(users.id, userId), ne(users.status, 'deleted')))
  if (!row) throw userErrors.notFound()
  return row
}

/** The statement that changes the caller's own row and returns it. */
export function updateUser(ctx: UserCtx, changes: UpdateMe) {
  return ctx.db
    .update(users)
    .set({ ...changes, updatedAt: ctx.now() })
    .where(eq(users.id, ctx.actor.userId))
    .returning()
}
