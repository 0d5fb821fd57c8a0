import type { Ctx } from '../../../app/context'
import { hashSecret } from '../../../shared/secrets'
import { closeSockets } from '../../actions/end-session'
import { requireGoodPassword } from '../../actions/require-good-password'
import { emailErrors } from '../../email/errors'
import { findLink } from '../../email/store'
import { hashPassword } from '../../passwords'
import type { ResetPassword } from '../schemas'
import { resetPassword as writeReset } from '../store'

/**
 * Sets a new password with the link that was mailed, and ends every session. It signs nobody in: where there is a second
 * factor, the next sign-in asks for it.
 * @throws auth.link_invalid, auth.weak_password, which leaves the link as it is
 */
export async function resetPassword(ctx: Ctx, { token, password }: ResetPassword): Promise<void> {
  const found = await findLink(ctx, await hashSecret(token))
  if (found?.link.purpose !== 'reset') throw emailErrors.linkInvalid()
  const { link, user } = found
  await requireGoodPassword(ctx, password, user)
  const drops = await writeReset(ctx, link, hashPassword(password))
  if (!drops) throw emailErrors.linkInvalid()
  await closeSockets(ctx, drops)
}
