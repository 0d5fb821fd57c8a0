import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'

/** `__Host-` pins a cookie to this host, HTTPS and the root path; browsers count localhost as secure. */
export const accessCookie = '__Host-studyhall_access'
export const refreshCookie = '__Host-studyhall_refresh'

/** Binds a sign-in with an account elsewhere to the browser that began it. */
export const oauthCookie = '__Host-studyhall_oauth'

const attributes = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const

/** @param seconds how long each lives */
export function setSessionCookies(
  c: Context,
  tokens: { accessToken: string; refreshToken: string },
  seconds: { access: number; refresh: number },
): void {
  setCookie(c, accessCookie, tokens.accessToken, { ...attributes, maxAge: seconds.access })
  setCookie(c, refreshCookie, tokens.refreshToken, { ...attributes, maxAge: seconds.refresh })
}

interface Tokens {
  accessToken: string
  refreshToken: string
  expiresIn: number
  refreshExpiresIn: number
}

/** The tokens' part of a reply: in the body or in cookies, never in both. */
export function handOver(c: Context, tokens: Tokens, transport: 'bearer' | 'cookie') {
  const { accessToken, refreshToken, expiresIn, refreshExpiresIn } = tokens
  if (transport === 'bearer') return { accessToken, refreshToken, expiresIn }
  setSessionCookies(c, tokens, { access: expiresIn, refresh: refreshExpiresIn })
  return { expiresIn }
}

export function clearSessionCookies(c: Context): void {
  deleteCookie(c, accessCookie, attributes)
  deleteCookie(c, refreshCookie, attributes)
}

export const setOauthCookie = (c: Context, secret: string): void =>
  setCookie(c, oauthCookie, secret, { ...attributes, maxAge: 10 * 60 })

export function clearOauthCookie(c: Context): void {
  deleteCookie(c, oauthCookie, attributes)
}
