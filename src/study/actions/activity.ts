import type { UserCtx } from '../../app/context'

/**
 * For what somebody does elsewhere by HTTP, such as writing a message or a note: it proves that they are there. Nobody
 * waits for it, and while no session runs it costs one call and nothing stored.
 */
export function proveActivity(ctx: UserCtx): void {
  const { userId } = ctx.actor
  const told = ctx.inbox(userId).proveActivity()
  ctx.later(told.catch((error) => ctx.log.warn('study.unreachable', { userId, error: String(error) })))
}
