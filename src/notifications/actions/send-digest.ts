import { sendMail } from '../../mail/actions'
import { mailErrors } from '../../mail/errors'
import { AppError } from '../../shared/errors'
import { updateBounced } from '../settings-store'
import { wordsFor } from '../texts/words'
import type { Deliver } from './deliver'
import { unsubscribeLink } from './unsubscribe'

/** How many are told of in full; the others are counted. */
const shown = 20

/** One mail of all that waited, with a way out of just these kinds of it. */
export const sendDigest: Deliver = async (ctx, { deliveryId, userId }, reader, due) => {
  if (reader.email === null) return { ok: false, retry: false, reason: 'no_address' }
  const categories = [...new Set(due.map(({ held }) => held.category))]
  const link = await unsubscribeLink(ctx, userId, categories)
  const items = due.slice(0, shown).map(({ held: { event }, said }) => {
    const { title, text } = wordsFor(event, reader)
    return { title, text: said ?? text }
  })
  try {
    await sendMail(ctx, {
      to: reader.email,
      locale: reader.locale,
      template: 'notifications',
      values: {
        name: reader.name,
        items,
        more: due.length - items.length,
        url: link.base,
        unsubscribeUrl: link?.page ?? null,
      },
      messageId: `notice.${deliveryId}`,
      headers:
        link.page === null
          ? {}
          : {
              'List-Unsubscribe': `<${link.post}>`,
              'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
            },
    })
    return { ok: true }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code !== mailErrors.refused.definition.code) return { ok: false, retry: true, reason: error.code }
    await updateBounced(ctx, reader.email)
    return { ok: false, retry: false, reason: 'refused' }
  }
}
