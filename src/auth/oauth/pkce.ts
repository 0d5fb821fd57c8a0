import { hashSecret } from '../../shared/secrets'

/**
 * What a sign-in keeps from everybody but one browser. Both come from the secret in its cookie, so the database holds
 * nothing that could end a sign-in.
 */
export async function secretsOf(cookie: string) {
  const [codeVerifier, nonce] = await Promise.all([hashSecret(`verifier|${cookie}`), hashSecret(`nonce|${cookie}`)])
  return { codeVerifier, nonce, codeChallenge: await hashSecret(codeVerifier) }
}
