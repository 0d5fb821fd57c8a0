import { z } from 'zod'

const whole = (fallback: number, min = 1, max = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number().int().min(min).max(max).default(fallback)

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )

const secret = z
  .string()
  .refine((text) => !/^(change[-_ ]?me|placeholder|secret|todo|x+)$/i.test(text.trim()), 'is a placeholder')

/** `id:key,id:key`, keys of at least 32 bytes in base64url; the first is used to make, all are used to check. */
const keyRing = secret.transform((text, check) => {
  const keys = text.split(',').map((pair) => {
    const [id = '', encoded = ''] = pair.trim().split(':')
    try {
      return { id, bytes: Uint8Array.fromBase64(encoded, { alphabet: 'base64url' }) }
    } catch {
      return { id, bytes: new Uint8Array() }
    }
  })
  if (keys.some((key) => !/^[A-Za-z0-9_-]{1,16}$/.test(key.id) || key.bytes.length < 32)) {
    check.addIssue({ code: 'custom', message: 'must be id:key pairs, each key at least 32 bytes in base64url' })
    return z.NEVER
  }
  return keys
})

/** A JSON array of Ed25519 private JWKs, each with a `kid`; the first signs, all verify. */
const signingKeys = secret.transform((text, check) => {
  const form = z
    .array(
      z.looseObject({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        kid: z.string().min(1),
        x: z.string(),
        d: z.string(),
      }),
    )
    .min(1)
  try {
    return form.parse(JSON.parse(text))
  } catch {
    check.addIssue({ code: 'custom', message: 'must be a JSON array of Ed25519 private JWKs with kid' })
    return z.NEVER
  }
})

const settings = z.object({
  TOKEN_SIGNING_KEYS: signingKeys,
  REFRESH_KEYS: keyRing,
  CURSOR_KEY: keyRing,

  PUBLIC_URL: z.union([z.literal(''), z.url()]).default(''),
  ALLOWED_ORIGINS: list,
  ALLOWED_EMAIL_DOMAINS: list.transform((domains) => domains.map((domain) => domain.toLowerCase())),

  LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS: whole(10),
  LOGIN_FAILURES_PER_ADDRESS: whole(100),
  LOGIN_FAILURES_PER_ACCOUNT_FROM_NEW_ADDRESSES: whole(100),
  REFRESHES_PER_SESSION: whole(60),
  REGISTRATIONS_PER_ADDRESS: whole(300),
  TICKETS_PER_USER: whole(60),
  ROOMS_PER_OWNER: whole(100),
  LINKS_PER_CHANNEL: whole(50),

  ROOM_FRAMES_PER_MINUTE: whole(120),
  ROOM_BAD_FRAMES_PER_MINUTE: whole(10),
  ROOM_FRAME_BYTES: whole(16_384, 1024, 1_048_576),
  ROOM_SOCKETS: whole(1000, 1, 8000),
  ROOM_SOCKETS_PER_USER: whole(5),
  ROOM_WINDOW_MICROSECONDS_PER_SOCKET: whole(32, 0),
  ROOM_WINDOW_MAX_MS: whole(250, 0, 5000),
  ROOM_BACKLOG_BYTES_PER_SOCKET: whole(1_000_000),
  ROOM_BACKLOG_BYTES: whole(32_000_000),
  ROOM_LOG_EVENTS: whole(2000),
})

export type Config = z.output<typeof settings>

/** The settings that the room object needs. */
export type RoomLimits = Pick<Config, Extract<keyof Config, `ROOM_${string}`>>

export type ConfigResult = { ok: true; config: Config } | { ok: false; problems: string[] }

const parsed = new WeakMap<object, ConfigResult>()

/** Reads and checks all settings, once per environment object. The problems name settings, never their values. */
export function readConfig(env: object): ConfigResult {
  const known = parsed.get(env)
  if (known) return known
  const read = settings.safeParse(env)
  const result: ConfigResult = read.success
    ? { ok: true, config: read.data }
    : { ok: false, problems: read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) }
  parsed.set(env, result)
  return result
}
