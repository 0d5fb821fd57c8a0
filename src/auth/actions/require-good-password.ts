import type { Ctx } from '../../app/context'
import { codePoints } from '../../shared/text'
import { isCommonPassword } from '../common-passwords'
import { authErrors } from '../errors'
import { isGuessable, minPasswordLength } from '../rules'

/** @throws auth.weak_password, which says why */
export async function requireGoodPassword(
  ctx: Pick<Ctx, 'readAsset'>,
  password: string,
  { email, name, username }: { email: string | null; name: string; username?: string },
): Promise<void> {
  if (codePoints(password) < minPasswordLength)
    throw authErrors.weakPassword(`The password needs at least ${minPasswordLength} characters.`)
  if (await isCommonPassword(ctx, password)) throw authErrors.weakPassword('Very many people use this password.')
  if (isGuessable(password, { email: email ?? '', name, username }))
    throw authErrors.weakPassword(
      'The password is little more than your name, your address, Studyhall or one character.',
    )
}
