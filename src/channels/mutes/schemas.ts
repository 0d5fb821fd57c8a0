import * as z from 'zod'
import { isoTime } from '../../shared/text'

export const muteInput = z.lazy(() =>
  z.strictObject({
    until: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('When notifications come again; without it, when you take the mute back.'),
  }),
)

export const muteReply = z.lazy(() =>
  z
    .object({
      muted: z.boolean(),
      until: isoTime.nullable().describe('Null: until you take it back, or there is no mute.'),
    })
    .meta({ id: 'Mute' }),
)

export type MuteInput = z.output<typeof muteInput>
export type Mute = z.output<typeof muteReply>
