import { createMiddleware } from 'hono/factory'
import type { AppEnv } from './env'

const everywhere: Record<string, string> = {
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
}

/** The headers that stand on every response, errors included. A route may have set a stricter or wider one before. */
export const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  // A response that opens a socket is immutable and has no body to protect.
  if (c.res.status === 101) return
  const headers = c.res.headers
  for (const [name, value] of Object.entries(everywhere)) if (!headers.has(name)) headers.set(name, value)
  if (!headers.has('Content-Security-Policy'))
    headers.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store')
  headers.set('X-Request-Id', c.get('requestId'))
})
