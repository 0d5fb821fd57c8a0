import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import type { AppEnv } from './env'
import { makeLog } from './log'

/** One line a request: which route, who, what came of it. Health checks stay silent while they succeed. */
export const logRequests = createMiddleware<AppEnv>(async (c, next) => {
  const startedAt = Date.now()
  await next()
  const { status } = c.res
  const ctx = c.get('ctx')
  const isQuiet = ctx?.config.LOG_REQUESTS === 'failed' || c.req.path.startsWith('/api/v1/health')
  if (status < 400 && isQuiet) return
  const actor = ctx?.actor
  makeLog({ requestId: c.get('requestId') }).info('request', {
    method: c.req.method,
    route: routePath(c, -1),
    status,
    userId: actor?.kind === 'user' ? actor.userId : undefined,
    ms: Date.now() - startedAt,
  })
})
