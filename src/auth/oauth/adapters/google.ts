import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose'
import * as z from 'zod'
import { type ClientCredentials, type OauthAdapter, OauthFailure } from './contract'
import { askProvider, fetchFromProvider } from './http'

const authorizeEndpoint = 'https://accounts.google.com/o/oauth2/v2/auth'
const tokenEndpoint = 'https://oauth2.googleapis.com/token'
const issuers = ['https://accounts.google.com', 'accounts.google.com']

/** Google's signing keys, kept for a while; an unknown key id asks again. */
const keys = createRemoteJWKSet(new URL('https://www.googleapis.com/oauth2/v3/certs'), {
  [customFetch]: (url, init) => fetchFromProvider(url, { headers: init.headers, method: init.method }),
})

const tokenReply = z.object({ id_token: z.string().max(8192) })

const idClaims = z.object({
  sub: z.string().min(1).max(255),
  nonce: z.string(),
  email: z.string().max(254).optional(),
  // Google writes a boolean; its documents also show a string.
  email_verified: z.union([z.boolean(), z.enum(['true', 'false'])]).optional(),
  name: z.string().optional(),
})

/** OpenID Connect: who somebody is comes in a token that Google signs. */
export function googleOauth({ clientId, clientSecret }: ClientCredentials): OauthAdapter {
  return {
    authorizeUrl({ state, codeChallenge, nonce, redirectUri }) {
      const query = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: 'openid email profile',
        state,
        nonce,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
        prompt: 'select_account',
      })
      return `${authorizeEndpoint}?${query}`
    },
    async exchange({ code, codeVerifier, nonce, redirectUri, now }) {
      const body = new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        code_verifier: codeVerifier,
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uri: redirectUri,
      })
      const { id_token } = await askProvider(tokenEndpoint, { method: 'POST', body }, tokenReply)
      const claims = await readIdToken(id_token, clientId, now)
      if (claims.nonce !== nonce) throw new OauthFailure('refused', 'the token answers another sign-in')
      const isVerified = claims.email_verified === true || claims.email_verified === 'true'
      const email = isVerified && claims.email !== undefined ? claims.email.toLowerCase() : null
      return { subject: claims.sub, email, name: claims.name ?? '' }
    },
  }
}

async function readIdToken(token: string, clientId: string, now: number) {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      issuer: issuers,
      audience: clientId,
      requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
      maxTokenAge: '10 minutes',
      clockTolerance: 60,
      currentDate: new Date(now),
    })
    // A token for several parties has to name the one that it was given to.
    const party = payload.azp
    if ((Array.isArray(payload.aud) && payload.aud.length > 1) || party !== undefined)
      if (party !== clientId) throw new OauthFailure('refused', 'the token was given to somebody else')
    return idClaims.parse(payload)
  } catch (error) {
    if (error instanceof OauthFailure) throw error
    if (error instanceof errors.JWKSTimeout) throw new OauthFailure('unavailable', 'the signing keys did not come')
    throw new OauthFailure('refused', 'the token is not valid')
  }
}
