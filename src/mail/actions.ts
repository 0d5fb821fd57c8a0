import type { Ctx } from '../app/context'
import { routeErrors } from '../shared/errors'
import { isLoopback } from '../shared/hosts'
import { MailFailure } from './adapters/contract'
import { mailErrors } from './errors'
import { readMailbox } from './rules'
import type { Outbox } from './schemas'
import { insertOutboxEntry, listOutboxEntries } from './store'
import type { MailTemplate, TemplateValues } from './templates/content'
import { localeFrom, renderMail } from './templates/render'

/** Who writes where the settings name nobody: only the local stand-in sends without MAIL_FROM. */
const standInSender = 'Studyhall <studyhall@localhost>'

export interface MailInput<T extends MailTemplate> {
  to: string
  /** The reader's, such as `de-AT`; English when we do not speak it. */
  locale: string
  template: T
  values: TemplateValues[T]
  /**
   * Names this mail and no other, in letters, digits, `.`, `_` and `-`: the id of what it is about. Sending again with
   * the same one lets the reader's mailbox know it is the same mail.
   */
  messageId: string
  /** More headers, of one line each. */
  headers?: Record<string, string>
}

/**
 * Sends one mail, once: whoever calls decides whether to send again.
 * @throws mail.unavailable, mail.not_sent, mail.refused
 */
export async function sendMail<T extends MailTemplate>(ctx: Ctx, input: MailInput<T>): Promise<void> {
  const sender = requireMail(ctx)
  const from = readMailbox(ctx.config.MAIL_FROM || standInSender)
  const { language, ...content } = renderMail(input.template, input.locale, input.values)
  try {
    await sender.send({
      from,
      to: { address: input.to },
      ...content,
      headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language, ...input.headers },
      messageId: `<${input.messageId}@${from.address.split('@')[1]}>`,
    })
  } catch (error) {
    const failure = error instanceof MailFailure ? error : new MailFailure('temporary', 'the adapter broke')
    const fields = { adapter: sender.name, template: input.template, kind: failure.kind, reason: failure.message }
    ctx.log[failure.kind === 'misconfigured' ? 'error' : 'warn']('mail.not_sent', fields)
    throw failure.kind === 'permanent' ? mailErrors.refused() : mailErrors.notSent()
  }
  ctx.log.info('mail.sent', { adapter: sender.name, template: input.template })
}

/** In which language to write to somebody who is new here, by what their browser says. */
export const localeOf = (ctx: Pick<Ctx, 'languages'>): string => localeFrom(ctx.languages ?? '')

/**
 * For what needs mail further on: ask before anything is written.
 * @throws mail.unavailable
 */
export function requireMail(ctx: Ctx) {
  if (!ctx.mail) throw mailErrors.unavailable()
  return ctx.mail
}

/** Keeps what a stand-in would have sent, for /dev/outbox. */
export async function keepInOutbox(
  ctx: Pick<Ctx, 'db' | 'now' | 'newId'>,
  entry: Parameters<typeof insertOutboxEntry>[1],
): Promise<string> {
  return insertOutboxEntry(ctx, entry)
}

/**
 * Everything the stand-ins have kept. Only for somebody at the machine itself: it shows everybody's mail and codes.
 * @param hostname what the request was sent to; on a deployed Studyhall it is never this machine's own
 * @throws route.not_found
 */
export async function listOutbox(ctx: Ctx, hostname: string): Promise<Outbox> {
  if (ctx.config.DEV_OUTBOX !== 'on' || !isLoopback(hostname)) throw routeErrors.notFound()
  const rows = await listOutboxEntries(ctx)
  return {
    note: 'A local stand-in: nothing here was sent to anybody.',
    data: rows.map(({ at, sender, recipient, ...row }) => ({
      ...row,
      from: sender,
      to: recipient,
      sentAt: new Date(at).toISOString(),
    })),
  }
}
