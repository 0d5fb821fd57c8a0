import type { Config } from '../../../app/config'
import { oauthAdapters } from '../adapters/providers'
import { oauthErrors } from '../errors'
import { credentialsOf, isProvider } from '../rules'

/** @throws auth.provider_not_enabled, also for a provider that nobody knows */
export function requireProvider(config: Config, name: string) {
  const credentials = isProvider(name) ? credentialsOf(config, name) : null
  if (!isProvider(name) || !credentials) throw oauthErrors.notEnabled()
  return { provider: name, adapter: oauthAdapters[name](credentials) }
}
