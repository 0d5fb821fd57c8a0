import type { Ctx } from '../../app/context'
import { sendMail } from '../../mail/actions'
import { mailErrors } from '../../mail/errors'
import { AppError } from '../../shared/errors'
import type { Reader } from '../event-store'
import { updateBounced } from '../settings-store'
import { wordsFor } from '../texts/words'
import type { Deliver, Due, Outcome } from './deliver'
import { unsubscribeLink } from './unsubscribe'

/** How many are told of in full; the others are counted. */
const shown = 20

interface Letter {
  /** Makes its Message-ID, together with the delivery's own. */
  name: string
  to: string
  due: Due[]
}

/** One mail of all that waited; what concerns the safety of the account goes by itself. */
export const sendDigest: Deliver = async (ctx, { deliveryId, userId }, reader, due) => {
  const { email } = reader
  if (email === null) return { ok: false, retry: false, reason: 'no_address' }
  let outcome: Outcome | null = null
  for (const letter of lettersOf(email, due)) {
    const sent = await sendLetter(ctx, `notice.${deliveryId}${letter.name}`, reader, letter, userId)
    if (!sent.ok && sent.retry) return sent
    if (!sent.ok && letter.to === email) await updateBounced(ctx, email)
    if (!outcome?.ok) outcome = sent
  }
  return outcome ?? { ok: true }
}

/** That an address was changed is told to the one before: whoever took the account over has the new one. */
function lettersOf(email: string, due: Due[]): Letter[] {
  const letters = new Map<string, Letter>()
  for (const one of due) {
    const { category, event } = one.held
    const old = 'oldAddress' in event.facts ? event.facts.oldAddress : null
    const name = old !== null ? `.${event.id}` : category === 'security' ? '.security' : ''
    const letter = letters.get(name) ?? { name, to: old ?? email, due: [] }
    letter.due.push(one)
    letters.set(name, letter)
  }
  return [...letters.values()]
}

async function sendLetter(
  ctx: Ctx,
  messageId: string,
  reader: Reader,
  { to, due }: Letter,
  userId: string,
): Promise<Outcome> {
  const categories = [...new Set(due.map(({ held }) => held.category))]
  const link = await unsubscribeLink(ctx, userId, categories)
  // Nobody can do without what concerns the safety of the account.
  const mayEnd = !categories.includes('security')
  const items = due.slice(0, shown).map(({ held: { event }, said }) => {
    const { title, text } = wordsFor(event, reader)
    return { title, text: said ?? text }
  })
  const values = {
    ...{ name: reader.name, items, more: due.length - items.length },
    ...{ url: link.base, unsubscribeUrl: mayEnd ? link.page : null },
  }
  const oneClick = {
    'List-Unsubscribe': `<${link.post}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  }
  const { locale } = reader
  try {
    const mail = { to, locale, values, messageId, headers: mayEnd ? oneClick : {} }
    await sendMail(ctx, { template: 'notifications', ...mail })
    return { ok: true }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const isRefused = error.code === mailErrors.refused.definition.code
    return { ok: false, retry: !isRefused, reason: isRefused ? 'refused' : error.code }
  }
}
