import * as z from 'zod'

/** How much is new to somebody in a channel, as lists of their channels tell. */
export const unreadShape = {
  unreadCount: z.int().describe('Messages that you have not read; your own never count.'),
  mentionCount: z.int().describe('Those of them that name you, or call everybody by `@room`.'),
}
