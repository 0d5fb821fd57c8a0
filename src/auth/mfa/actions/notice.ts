import type { Ctx } from '../../../app/context'
import type { SignInMethod } from '../../../mail/templates/content'
import { type Owner, tellOwner } from '../../email/actions/tell-owner'

/** Tells the owner that there is a new way into the account. */
export async function noticeSignInMethod(ctx: Ctx, user: Owner, method: SignInMethod): Promise<void> {
  tellOwner(ctx, user, 'signInMethodAdded', { method })
}
