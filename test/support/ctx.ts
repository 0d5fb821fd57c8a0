import { env } from 'cloudflare:workers'
import type { Ctx } from '../../src/app/context'
import { makeCtx } from '../../src/app/request-context'

/** What a use case is given, for a use case that no route calls. Settings may be replaced. */
export function makeTestCtx(settings: Record<string, string> = {}): Promise<Ctx> {
  return makeCtx({ ...env, ...settings }, { kind: 'anonymous' }, { later: () => {} })
}
