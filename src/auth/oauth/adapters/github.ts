import * as z from 'zod'
import type { ClientCredentials, OauthAdapter } from './contract'
import { askProvider } from './http'

const authorizeEndpoint = 'https://github.com/login/oauth/authorize'
const tokenEndpoint = 'https://github.com/login/oauth/access_token'
const api = 'https://api.github.com'

// GitHub answers 200 with an `error` where it refuses; there is no token in it, and so it does not fit.
const tokenReply = z.object({ access_token: z.string().min(1).max(1024) })
const userReply = z.object({ id: z.int().positive(), login: z.string(), name: z.string().nullish() })
const emailsReply = z.array(z.object({ email: z.string().max(254), primary: z.boolean(), verified: z.boolean() }))

/** OAuth 2 without OpenID: who somebody is, is asked for with the token, which is then forgotten. */
export function githubOauth({ clientId, clientSecret }: ClientCredentials): OauthAdapter {
  return {
    authorizeUrl({ state, codeChallenge, redirectUri }) {
      const query = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: 'read:user user:email',
        state,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
      })
      return `${authorizeEndpoint}?${query}`
    },
    async exchange({ code, codeVerifier, redirectUri }) {
      const body = new URLSearchParams({
        client_id: clientId,
        client_secret: clientSecret,
        code,
        code_verifier: codeVerifier,
        redirect_uri: redirectUri,
      })
      const headers = { Accept: 'application/json' }
      const { access_token } = await askProvider(tokenEndpoint, { method: 'POST', body, headers }, tokenReply)
      const asUser = {
        headers: {
          Accept: 'application/vnd.github+json',
          Authorization: `Bearer ${access_token}`,
          'User-Agent': 'studyhall',
          'X-GitHub-Api-Version': '2022-11-28',
        },
      }
      const [user, emails] = await Promise.all([
        askProvider(`${api}/user`, asUser, userReply),
        askProvider(`${api}/user/emails`, asUser, emailsReply),
      ])
      const primary = emails.find((one) => one.primary && one.verified)
      return { subject: String(user.id), email: primary?.email.toLowerCase() ?? null, name: user.name ?? user.login }
    },
  }
}
