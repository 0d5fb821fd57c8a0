import type { ClientCredentials, OauthAdapter } from './contract'
import { githubOauth } from './github'
import { googleOauth } from './google'

/** How each provider is spoken to. */
export const oauthAdapters: Record<'google' | 'github', (credentials: ClientCredentials) => OauthAdapter> = {
  google: googleOauth,
  github: githubOauth,
}
