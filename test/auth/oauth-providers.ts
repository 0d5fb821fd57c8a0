import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { cookiesOf } from '../support/accounts'
import { countingEnv, requestOf } from '../support/people'

export const clientOf = { google: 'google-client-1', github: 'github-client-1' }
export const settings = {
  GOOGLE_CLIENT_ID: clientOf.google,
  GOOGLE_CLIENT_SECRET: 'google-key-1',
  GITHUB_CLIENT_ID: clientOf.github,
  GITHUB_CLIENT_SECRET: 'github-key-1',
}
/** A Studyhall where both providers are on. */
const hall = countingEnv(settings as unknown as Partial<Env>)
export const ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  hall.fetch(requestOf(method, path, body, headers))

const keys = await generateKeyPair('RS256')
const strangersKeys = await generateKeyPair('RS256')

interface Grant {
  provider: 'google' | 'github'
  codeChallenge: string
  nonce: string
  redirectUri: string
  subject: string
  email: string
  verified: boolean
  name: string
}

/** What the providers have been asked to sign in, by code. */
const grants = new Map<string, Grant>()

interface Wrong {
  claims?: JWTPayload
  strangersKey?: boolean
  alg?: string
  status?: number
  reply?: unknown
}

/** What the providers do wrong, where a test wants it. */
export const mistakes: { now: Wrong } = { now: {} }

/** Google and GitHub, as far as we ask them; what is not asked as their documents say gets the refusal they give. */
export async function provide(request: Request): Promise<Response> {
  const url = new URL(request.url)
  if (mistakes.now.status) return new Response('down', { status: mistakes.now.status })
  if (request.redirect !== 'manual') throw new Error('follows redirects')
  switch (url.origin + url.pathname) {
    case 'https://www.googleapis.com/oauth2/v3/certs':
      return Response.json({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'g1', alg: 'RS256', use: 'sig' }] })
    case 'https://oauth2.googleapis.com/token':
      return (await tradeCode(request, 'google')) ?? Response.json({ error: 'invalid_grant' }, { status: 400 })
    case 'https://github.com/login/oauth/access_token':
      return (await tradeCode(request, 'github')) ?? Response.json({ error: 'bad_verification_code' })
    case 'https://api.github.com/user':
    case 'https://api.github.com/user/emails':
      return showGithub(request, url.pathname.endsWith('emails'))
    default:
      throw new Error(`nobody should ask ${url.origin}${url.pathname}`)
  }
}

async function tradeCode(request: Request, provider: Grant['provider']): Promise<Response | null> {
  const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()))
  const grant = grants.get(form.get('code') ?? '')
  grants.delete(form.get('code') ?? '')
  const secret = provider === 'google' ? settings.GOOGLE_CLIENT_SECRET : settings.GITHUB_CLIENT_SECRET
  const verifier = new TextEncoder().encode(form.get('code_verifier') ?? '')
  const challenge = new Uint8Array(await crypto.subtle.digest('SHA-256', verifier))
  const fits =
    request.method === 'POST' &&
    request.headers.get('Content-Type')?.startsWith('application/x-www-form-urlencoded') &&
    grant?.provider === provider &&
    form.get('client_id') === clientOf[provider] &&
    form.get('client_secret') === secret &&
    form.get('redirect_uri') === grant.redirectUri &&
    verifier.length >= 43 &&
    challenge.toBase64({ alphabet: 'base64url', omitPadding: true }) === grant.codeChallenge
  if (!fits || !grant) return null
  if (mistakes.now.reply !== undefined) return Response.json(mistakes.now.reply)
  if (provider === 'github') {
    if (request.headers.get('Accept') !== 'application/json') return null
    grants.set(`token-${grant.subject}`, grant)
    return Response.json({ access_token: `token-${grant.subject}`, token_type: 'bearer', scope: 'read:user' })
  }
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: 'https://accounts.google.com',
    aud: clientOf.google,
    azp: clientOf.google,
    sub: grant.subject,
    nonce: grant.nonce,
    email: grant.email,
    email_verified: grant.verified,
    name: grant.name,
    iat: now,
    exp: now + 3600,
    ...mistakes.now.claims,
  }
  const token = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'g1' })
  return Response.json({ id_token: await token.sign((mistakes.now.strangersKey ? strangersKeys : keys).privateKey) })
}

function showGithub(request: Request, emails: boolean): Response {
  const grant = grants.get(request.headers.get('Authorization')?.replace(/^Bearer /, '') ?? '')
  if (!grant || !request.headers.get('User-Agent'))
    return Response.json({ message: 'Bad credentials' }, { status: 401 })
  if (!emails) return Response.json({ id: Number(grant.subject), login: 'octo', name: grant.name, avatar_url: 'x' })
  return Response.json([
    { email: 'other@elsewhere.test', primary: false, verified: true, visibility: null },
    { email: grant.email, primary: true, verified: grant.verified, visibility: 'private' },
  ])
}

let made = 0

/** Somebody with an account at a provider. */
export function stranger(provider: Grant['provider'], overrides: Partial<Grant> = {}) {
  made += 1
  const tag = `${made}${crypto.getRandomValues(new Uint32Array(1))[0]}`
  return { provider, subject: tag, email: `Sam${tag}@School.test`, verified: true, name: `Sam ${tag}`, ...overrides }
}

/** What the provider does after somebody has said yes: the way back, with a code. */
export function consent(url: string, person: ReturnType<typeof stranger>) {
  const query = new URL(url).searchParams
  const code = `code-${crypto.randomUUID()}`
  grants.set(code, {
    ...person,
    codeChallenge: query.get('code_challenge') ?? '',
    nonce: query.get('nonce') ?? '',
    redirectUri: query.get('redirect_uri') ?? '',
  })
  return { code, state: query.get('state') ?? '' }
}

export const comeBack = (provider: string, query: Record<string, string>, cookie: string, headers = {}) =>
  ask('GET', `/auth/oauth/${provider}/callback?${new URLSearchParams(query)}`, undefined, {
    Cookie: cookie,
    ...headers,
  })

/** Links somebody who is signed in with an account elsewhere. */
export const linkOf = (person: { accessToken: string }) => async (sam: ReturnType<typeof stranger>) => {
  const headers = { Authorization: `Bearer ${person.accessToken}` }
  const start = await ask('POST', `/auth/oauth/${sam.provider}/start`, {}, headers)
  if (start.status !== 200) return start
  return comeBack(sam.provider, consent(start.body.url, sam), cookiesOf(start))
}
