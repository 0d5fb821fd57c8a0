import * as z from 'zod'

export const feedReply = z.lazy(() =>
  z.object({
    url: z
      .url()
      .describe('For a calendar program to subscribe to. Whoever has it reads your calendar; it is shown this once.'),
  }),
)

export const feedPath = z.lazy(() => z.strictObject({ file: z.string().max(100).describe('The secret, and `.ics`.') }))
export const feedHeader = z.object({ 'if-none-match': z.string().max(1024).optional() })
