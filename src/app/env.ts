import type { Ctx } from './context'

/** What Hono knows of a request: the platform's bindings, and what our middleware has put beside them. */
export interface AppEnv {
  Bindings: Env
  Variables: { requestId: string; ctx: Ctx }
}
