import type { UserCtx } from '../../../app/context'
import { closeSockets } from '../../actions/end-session'
import { requireGoodPassword } from '../../actions/require-good-password'
import { authErrors } from '../../errors'
import { requireFresh } from '../../mfa/actions/require-fresh'
import { hashPassword } from '../../passwords'
import type { ChangePassword } from '../schemas'
import { changePassword as writeChange } from '../store'

/**
 * Changes the caller's password, or sets the first one, and ends the caller's other sessions.
 * @throws auth.invalid_credentials, auth.fresh_sign_in_required, auth.weak_password, rate.limited
 */
export async function changePassword(ctx: UserCtx, { currentPassword, newPassword }: ChangePassword): Promise<void> {
  const { user } = await requireFresh(ctx, { password: currentPassword, strict: true })
  await requireGoodPassword(ctx, newPassword, user)
  const drops = await writeChange(ctx, { oldHash: user.passwordHash, newHash: hashPassword(newPassword) })
  // Another change was faster.
  if (!drops) throw authErrors.invalidCredentials()
  await closeSockets(ctx, drops)
}
