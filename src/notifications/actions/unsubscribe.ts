import type { Ctx } from '../../app/context'
import { openToken, signToken } from '../../shared/signed-tokens'
import { type Category, categories } from '../contract'
import { notificationErrors } from '../errors'
import { updateMailOff } from '../settings-store'

const purpose = 'unsubscribe'
/** A mail may be read long after it came. */
const linkLifeMs = 2 * 365 * 24 * 60 * 60_000

/** Where a click ends mail of these kinds, for a person and for a mail program (RFC 8058). */
export async function unsubscribeLink(ctx: Ctx, userId: string, kinds: Category[]) {
  // No request is at hand that would say where it came from.
  const base = ctx.config.PUBLIC_URL || ctx.config.LOCAL_URL || 'http://localhost:8787'
  const id = [userId, ...kinds].join(' ')
  const token = await signToken(ctx.config.CURSOR_KEY, purpose, { id, until: ctx.now() + linkLifeMs })
  const at = (path: string) => new URL(path, base).href
  return {
    base: at('/'),
    page: at(`/account/unsubscribe.html#token=${token}`),
    post: at(`/api/v1/notifications/unsubscribe?token=${token}`),
  }
}

/** Ends mail of the kinds that the token names. Who holds it has the mail; nobody need be signed in. */
export async function unsubscribe(ctx: Ctx, token: string): Promise<Category[]> {
  const opened = await openToken(ctx.config.CURSOR_KEY, purpose, token, ctx.now())
  const [userId = '', ...named] = opened?.split(' ') ?? []
  const kinds = categories.filter((category) => named.includes(category))
  if (userId === '' || kinds.length === 0) throw notificationErrors.badToken()
  await updateMailOff(ctx, userId, kinds)
  return kinds
}
