import * as z from 'zod'
import { groupReply } from '../groups/schemas'
import { roomReply } from '../rooms/schemas'

/** Where a link or an invitation leads. */
export const placeReply = z.lazy(() => z.union([roomReply, groupReply]))
