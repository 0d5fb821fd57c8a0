import type { Site } from '../auth/passkeys/rules'
import type { Config } from './config'
import { isAllowedOrigin } from './guards'

/**
 * Which page asks an authenticator. Pages at or below the public host share their passkeys; a page that an allowed
 * origin serves elsewhere has its own, because browsers let nobody else use them.
 */
export function siteOf(config: Pick<Config, 'PUBLIC_URL' | 'ALLOWED_ORIGINS'>, request: Request): Site {
  const own = new URL(config.PUBLIC_URL || request.url)
  const origin = request.headers.get('Origin')
  if (origin === null || !isAllowedOrigin(config, request.url, origin))
    return { host: own.hostname, origins: [own.origin] }
  const { hostname } = new URL(origin)
  const isBelow = hostname === own.hostname || hostname.endsWith(`.${own.hostname}`)
  return { host: isBelow ? own.hostname : hostname, origins: [origin] }
}

/** Where this Studyhall is reached from outside, without a slash at the end. */
export const baseOf = (config: Pick<Config, 'PUBLIC_URL'>, request: Request) =>
  new URL(config.PUBLIC_URL || request.url).origin
