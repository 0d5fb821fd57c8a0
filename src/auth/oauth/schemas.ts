import * as z from 'zod'
import { isoTime } from '../../shared/text'

export const providerPath = z.lazy(() =>
  z.strictObject({ provider: z.string().max(32).describe('`google` or `github`') }),
)

export const callbackQuery = z
  .looseObject({
    state: z.string().min(1).max(64),
    code: z.string().min(1).max(2048).optional(),
    error: z.string().max(256).optional(),
  })
  .describe('What the provider sends back; it may add members of its own.')

export const startReply = z.lazy(() => z.object({ url: z.string().describe('Where to send the browser.') }))

export const providersReply = z.lazy(() =>
  z.object({
    data: z.array(z.enum(['google', 'github'])).describe('The providers that are switched on.'),
  }),
)

export const linkedAccountsReply = z.lazy(() =>
  z.object({
    data: z.array(
      z.object({
        provider: z.enum(['google', 'github']),
        email: z.string().nullable().describe('The address that the provider had verified.'),
        createdAt: isoTime,
        lastUsedAt: isoTime,
      }),
    ),
    nextCursor: z.null(),
  }),
)
