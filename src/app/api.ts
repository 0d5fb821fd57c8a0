import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { getPath } from 'hono/utils/url'
import { wellKnownRoutes } from '../auth/routes'
import { socketRoutes } from '../channels/routes'
import { outboxRoutes } from '../mail/routes'
import { routeErrors } from '../shared/errors'
import { authBodyBytes, bodyBytes, jsonBody, noteBodyBytes } from './body'
import { docsRoutes, documentApi } from './docs'
import type { AppEnv } from './env'
import { isAllowedOrigin, shielded } from './guards'
import { securityHeaders } from './headers'
import { healthRoutes } from './health'
import { type Mount, mounts, streamMounts } from './mounts'
import { onError } from './on-error'
import { requestContext, requestIds } from './request-context'
import { logRequests } from './request-log'

const firstPart = (path: string) => path.split('/', 2)[1] ?? ''

/** Everything under /api/v1 but health, or what begins with one first part. */
function makeV1(part: string | null): Hono<AppEnv> {
  const wanted = (of: readonly Mount[]) => of.filter(([path]) => part === null || firstPart(path) === part)
  const v1 = new Hono<AppEnv>().use(
    cors({
      origin: (origin, c) => (isAllowedOrigin(c.var.ctx.config, c.req.url, origin) ? origin : null),
      credentials: true,
      allowHeaders: [
        ...['Authorization', 'Content-Type', 'If-Match', 'Idempotency-Key', 'X-Request-Id'],
        ...['Range', 'If-Range', 'If-None-Match'],
      ],
      exposeHeaders: [
        ...['ETag', 'Location', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'X-Request-Id'],
        ...['Accept-Ranges', 'Content-Range', 'Content-Disposition'],
      ],
      maxAge: 7200,
    }),
  )
  for (const [path, make] of wanted(streamMounts)) v1.route(path, make())
  v1.use(shielded)
    .use('/auth/*', jsonBody(authBodyBytes))
    .use('/notes/*', jsonBody(noteBodyBytes))
    .use(jsonBody(bodyBytes))
  for (const [path, make] of wanted(mounts)) v1.route(path, make())
  return v1
}

/**
 * The table of contents: every address that Studyhall answers to.
 * @param part of /api/v1 only what is under this first part of the path; null: all of it
 */
export function makeApp(part: string | null = null): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
    .use(requestIds)
    .use(logRequests)
    .use(securityHeaders)
    .route('/api/v1/health', healthRoutes())
    // From here on nothing answers unless every setting is right.
    .use(requestContext)
    .route('/api/v1', makeV1(part))
    .route('/ws', socketRoutes())
    .route('/.well-known', wellKnownRoutes())
    .route('/dev', outboxRoutes())
    .route('/', docsRoutes())
  app.onError(onError)
  let patterns: Pattern[] | null = null
  app.notFound((c) => {
    patterns ??= patternsOf(app)
    const allowed = methodsOf(patterns, c.req.path)
    const error =
      allowed.length === 0
        ? routeErrors.notFound()
        : routeErrors.methodNotAllowed({ headers: { Allow: allowed.join(', ') } })
    // Returned, because what is thrown here passes by the middleware that names the request and sets the headers.
    return onError(error, c)
  })
  return app
}

documentApi(makeApp)

const parts = new Set([...streamMounts, ...mounts].map(([path]) => firstPart(path)))
const made = new Map<string, Hono<AppEnv>>()

/** Makes what a request asks for when it is first asked for: docs/decisions/made-when-asked-for.md. */
export function answer(request: Request, env: Env, execution: ExecutionContext): Response | Promise<Response> {
  const [, api, version, first = ''] = getPath(request).split('/')
  const part = api === 'api' && version === 'v1' && parts.has(first) ? first : ''
  const app = made.get(part) ?? makeApp(part)
  made.set(part, app)
  return app.fetch(request, env, execution)
}

interface Pattern {
  methods: string[]
  pattern: RegExp
}

function patternsOf(app: Hono<AppEnv>): Pattern[] {
  // A route is in the list once for each of its handlers.
  return [...Map.groupBy(app.routes, (route) => route.path)].map(([of, routes]) => ({
    methods: [...new Set(routes.map(({ method }) => method))].filter((method) => method !== 'ALL'),
    pattern: new RegExp(`^${of.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}$`),
  }))
}

/** The methods that a path answers to, from the routes themselves. */
function methodsOf(patterns: Pattern[], path: string): string[] {
  const methods = new Set(patterns.filter(({ pattern }) => pattern.test(path)).flatMap((found) => found.methods))
  if (methods.has('GET')) methods.add('HEAD')
  return [...methods].sort()
}
