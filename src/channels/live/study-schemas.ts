import * as z from 'zod'
import { isoTime } from '../../shared/text'

/** What somebody who is here studies, on sockets and over HTTP. */
export const studyShown = z.lazy(() =>
  z
    .strictObject({
      state: z.enum(['active', 'pause', 'break']),
      since: isoTime.describe('Since when it does that.'),
      startedAt: isoTime,
      subject: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
      task: z.string().nullable(),
    })
    .meta({ id: 'StudyShown' }),
)
