import * as z from 'zod'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime } from '../shared/text'

export const securityLogQuery = z.lazy(() => z.strictObject(pageQuery))

export const securityLogReply = z.lazy(() =>
  pageOf(
    z
      .object({
        id: z.string(),
        event: z.string().describe('What happened, past tense: `session.started`, `login.failed`, `member.removed`.'),
        byMe: z.boolean().describe('False for what others, or Studyhall itself, did to the account.'),
        address: z.string().nullable().describe('From where; shown unless somebody else is known to have done it.'),
        reason: z.string().nullable(),
        at: isoTime,
      })
      .meta({ id: 'SecurityEvent' }),
  ),
)

export type SecurityLogQuery = z.output<typeof securityLogQuery>
