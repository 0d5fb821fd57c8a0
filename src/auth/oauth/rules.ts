import type { Config } from '../../app/config'
import type { OauthIdentityRow, OauthProvider } from './tables'

/** How long somebody may take at the provider's. */
export const oauthStateMs = 10 * 60 * 1000

export const providers = ['google', 'github'] as const

export const isProvider = (name: string): name is OauthProvider => providers.some((provider) => provider === name)

type Settings = Pick<Config, 'GOOGLE_CLIENT_ID' | 'GOOGLE_CLIENT_SECRET' | 'GITHUB_CLIENT_ID' | 'GITHUB_CLIENT_SECRET'>

/** What we are at a provider; null where the settings do not say it, which switches the provider off. */
export function credentialsOf(config: Settings, provider: OauthProvider) {
  const [clientId, clientSecret] = {
    google: [config.GOOGLE_CLIENT_ID, config.GOOGLE_CLIENT_SECRET],
    github: [config.GITHUB_CLIENT_ID, config.GITHUB_CLIENT_SECRET],
  }[provider] as [string, string]
  return clientId === '' || clientSecret === '' ? null : { clientId, clientSecret }
}

const toIso = (ms: number) => new Date(ms).toISOString()

/** A linked account as its owner sees it. */
export const toLinkedAccount = (row: Pick<OauthIdentityRow, 'provider' | 'email' | 'createdAt' | 'lastUsedAt'>) => ({
  provider: row.provider,
  email: row.email,
  createdAt: toIso(row.createdAt),
  lastUsedAt: toIso(row.lastUsedAt),
})

/** A name from elsewhere as one of ours: one line, at most a hundred characters, or the address's first part. */
export function nameFrom(told: string, email: string): string {
  const clean = told
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .normalize('NFC')
    .trim()
  return [...clean].slice(0, 100).join('').trim() || (email.split('@')[0] ?? 'Student')
}
