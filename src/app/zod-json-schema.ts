import { toJSONSchema as convert } from 'zod'

/** Stands in for all of zod's core where the API document is made, so that zod's forty languages stay out of the Worker. */
export const toJSONSchema = convert
