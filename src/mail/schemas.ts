import * as z from 'zod'
import { isoTime } from '../shared/text'

export const outboxReply = z.lazy(() =>
  z
    .object({
      note: z.string(),
      data: z.array(
        z.object({
          id: z.string(),
          kind: z.enum(['mail', 'sms', 'push']),
          from: z.string(),
          to: z.string(),
          subject: z.string(),
          text: z.string(),
          html: z.string().nullable(),
          messageId: z.string().nullable(),
          sentAt: isoTime,
        }),
      ),
    })
    .describe('What the local stand-ins for mail, phone and push have kept, newest first.'),
)

export type Outbox = z.output<typeof outboxReply>
