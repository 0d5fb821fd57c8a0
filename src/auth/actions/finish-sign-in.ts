import type { Ctx } from '../../app/context'
import { readMe } from '../../profiles/actions'
import type { NewSession } from '../store'
import { findCredential } from './credential'
import { endSession } from './end-session'
import { issueTokens } from './issue-tokens'

/**
 * What somebody gets whose session has just been written.
 * @param replaced the refresh token of the session that this browser was signed in with: it ends
 * @param me where it was read with the session, to save a round trip
 */
export async function finishSignIn(
  ctx: Ctx,
  user: { id: string },
  session: NewSession,
  replaced: string | null,
  me?: Awaited<ReturnType<typeof readMe>>,
) {
  const old = replaced === null ? null : await findCredential(ctx, { refreshToken: replaced })
  if (old) await endSession(ctx, old, 'logout')
  return { user: me ?? (await readMe(ctx, user.id)), tokens: await issueTokens(ctx, session) }
}
