import { errors, importJWK, jwtVerify, SignJWT } from 'jose'
import type { Config } from '../app/config'
import type { Ctx } from '../app/context'
import { authErrors } from './errors'

export const accessTokenSeconds = 15 * 60

/** EdDSA only: a token that names another algorithm, or none, is not read at all (RFC 8725). */
const algorithm = 'EdDSA'
const type = 'at+jwt'
const audience = 'studyhall'
/** Ours have about 500 characters; longer ones are not worth a signature check. */
const maxTokenLength = 2048

interface SigningKey {
  kid: string
  privateKey: CryptoKey
  publicKey: CryptoKey
}

export interface AccessClaims {
  userId: string
  sessionId: string
}

const keysByConfig = new WeakMap<Config, Promise<SigningKey[]>>()

function keysOf(config: Config): Promise<SigningKey[]> {
  let keys = keysByConfig.get(config)
  if (!keys) {
    keys = Promise.all(config.TOKEN_SIGNING_KEYS.map(importKey))
    keysByConfig.set(config, keys)
  }
  return keys
}

async function importKey({ kid, kty, crv, x, d }: Config['TOKEN_SIGNING_KEYS'][number]): Promise<SigningKey> {
  const [privateKey, publicKey] = await Promise.all([
    importJWK({ kty, crv, x, d }, algorithm),
    importJWK({ kty, crv, x }, algorithm),
  ])
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array)
    throw new Error(`${kid} is not an Ed25519 key`)
  return { kid, privateKey, publicKey }
}

const issuerOf = (config: Config) => config.PUBLIC_URL || 'studyhall'

/** A signed access token that lives 15 minutes. */
export async function makeAccessToken(
  ctx: Pick<Ctx, 'config' | 'now' | 'newId'>,
  claims: AccessClaims,
): Promise<string> {
  const [key] = await keysOf(ctx.config)
  if (!key) throw new Error('TOKEN_SIGNING_KEYS is empty')
  const issuedAt = Math.floor(ctx.now() / 1000)
  return new SignJWT({ sid: claims.sessionId })
    .setProtectedHeader({ alg: algorithm, typ: type, kid: key.kid })
    .setIssuer(issuerOf(ctx.config))
    .setAudience(audience)
    .setSubject(claims.userId)
    .setJti(ctx.newId('token'))
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + accessTokenSeconds)
    .sign(key.privateKey)
}

/**
 * Proves an access token. Says nothing of whether its session still lives.
 * @param evenExpired for logout, which is as welcome a minute late
 * @throws auth.token_expired only for a token that we signed, auth.token_invalid
 */
export async function readAccessToken(
  ctx: Pick<Ctx, 'config' | 'now'>,
  token: string,
  evenExpired = false,
): Promise<AccessClaims> {
  if (token.length > maxTokenLength) throw authErrors.tokenInvalid()
  const keys = await keysOf(ctx.config)
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = keys.find((one) => one.kid === kid)
        if (!key) throw authErrors.tokenInvalid()
        return key.publicKey
      },
      {
        algorithms: [algorithm],
        typ: type,
        issuer: issuerOf(ctx.config),
        audience,
        requiredClaims: ['exp', 'sub', 'sid', 'jti'],
        currentDate: new Date(evenExpired ? 0 : ctx.now()),
      },
    )
    if (typeof payload.sub !== 'string' || typeof payload.sid !== 'string') throw authErrors.tokenInvalid()
    return { userId: payload.sub, sessionId: payload.sid }
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw authErrors.tokenExpired()
    throw authErrors.tokenInvalid()
  }
}

/** The public halves of our signing keys, as RFC 7517 wants them. */
export function publicKeysOf(config: Config) {
  return config.TOKEN_SIGNING_KEYS.map(({ kty, crv, x, kid }) => ({
    kty,
    crv,
    x,
    kid,
    alg: algorithm,
    use: 'sig' as const,
  }))
}
