import type { Ctx } from '../../../app/context'
import { refusedBy } from '../../../shared/db'
import { hashSecret } from '../../../shared/secrets'
import type { UserRow } from '../../../users/tables'
import { closeSockets } from '../../actions/end-session'
import { authErrors } from '../../errors'
import type { EmailTokenRow } from '../../tables'
import { emailErrors } from '../errors'
import { findLink, takeAddress, verifyAddress } from '../store'

/**
 * Proves an address with the link that was mailed there. A new address takes the place of the old, which is told; of
 * several people who claim one address, the first to prove it has it.
 * @throws auth.link_invalid, auth.email_taken when somebody else was first
 */
export async function verifyEmail(ctx: Ctx, { token }: { token: string }): Promise<void> {
  const found = await findLink(ctx, await hashSecret(token))
  if (!found || found.link.purpose === 'reset') throw emailErrors.linkInvalid()
  const { link, user, holder } = found
  if (link.purpose === 'change') return changeAddress(ctx, link, user, holder)
  if (!(await verifyAddress(ctx, link))) throw emailErrors.linkInvalid()
}

async function changeAddress(ctx: Ctx, link: EmailTokenRow, user: UserRow, holder: UserRow | null): Promise<void> {
  const other = holder !== null && holder.id !== user.id ? holder : null
  if (other && other.emailVerifiedAt !== null) throw authErrors.emailTaken()
  const replaced = user.emailVerifiedAt === null ? null : user.email
  const drops = await takeAddress(ctx, link, { squatterId: other?.id ?? null, replaced }).catch((error) => {
    throw refusedBy(error) === 'users.email' ? authErrors.emailTaken() : error
  })
  if (!drops) throw (await findLink(ctx, link.hash)) ? authErrors.emailTaken() : emailErrors.linkInvalid()
  await closeSockets(ctx, drops)
}
