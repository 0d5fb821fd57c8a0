/** Who somebody is at a provider, as the provider has proven it to us. */
export interface OauthProfile {
  /** The provider's own, unchanging id of the account. */
  subject: string
  /** Null when the provider has verified none. Lower-cased. */
  email: string | null
  name: string
}

export interface Authorization {
  state: string
  /** S256 of the verifier (RFC 7636). */
  codeChallenge: string
  nonce: string
  redirectUri: string
}

export interface Exchange {
  code: string
  codeVerifier: string
  /** What was sent along at the start; a provider that signs who somebody is repeats it. */
  nonce: string
  redirectUri: string
  /** Milliseconds since 1970. */
  now: number
}

export interface OauthAdapter {
  /** Where to send the browser. */
  authorizeUrl(authorization: Authorization): string
  /** Trades the code that the browser brought back. @throws OauthFailure */
  exchange(exchange: Exchange): Promise<OauthProfile>
}

export interface ClientCredentials {
  clientId: string
  clientSecret: string
}

/** `refused`: the provider does not vouch for this sign-in. `unavailable`: it could not be asked. */
export class OauthFailure extends Error {
  override readonly name = 'OauthFailure'
  constructor(
    readonly kind: 'refused' | 'unavailable',
    message: string,
  ) {
    super(message)
  }
}
