import type { Ctx } from '../../../app/context'
import { hashSecret } from '../../../shared/secrets'
import { closeSockets } from '../../actions/end-session'
import { emailErrors } from '../errors'
import { findLink, disownAddress as writeDisowned } from '../store'

/**
 * For whoever reads the mail of an address and has no account here: takes the address from the account that somebody made
 * with it, as long as nobody has proven it. Of a change that nobody wanted, only the link goes.
 * @throws auth.link_invalid, auth.address_proven
 */
export async function disownAddress(ctx: Ctx, { token }: { token: string }): Promise<void> {
  const hash = await hashSecret(token)
  const found = await findLink(ctx, hash)
  if (!found) throw emailErrors.linkInvalid()
  const drops = await writeDisowned(ctx, found.link)
  if (drops) return closeSockets(ctx, drops)
  throw (await findLink(ctx, hash)) ? emailErrors.addressProven() : emailErrors.linkInvalid()
}
