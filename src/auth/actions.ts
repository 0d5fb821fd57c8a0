import type { Ctx, UserActor } from '../app/context'
import { authErrors } from './errors'

/** Proves an access token and reads its session and user by key, in one round trip. */
export async function requireSession(_ctx: Ctx, _token: string, _transport: 'bearer' | 'cookie'): Promise<UserActor> {
  throw authErrors.tokenInvalid()
}
