import type { Ctx } from '../../app/context'
import { publicKeysOf } from '../access-tokens'

/** The public halves of the keys that sign access tokens. */
export function listPublicKeys(ctx: Ctx) {
  return { keys: publicKeysOf(ctx.config) }
}
