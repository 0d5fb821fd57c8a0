import * as z from 'zod'
import { parseMailbox } from '../mail/rules'
import { isLoopback } from '../shared/hosts'

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

const off = z.literal('')
const sid = (prefixes: string, example: string) =>
  z.union([off, z.string().regex(new RegExp(`^(?:${prefixes})[0-9a-f]{32}$`), `must look like ${example}`)]).default('')

/** A P-256 private key as a JWK, as JSON: the application server key of RFC 8292. */
const vapidKey = secret.transform((text, check) => {
  const part = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
  try {
    return z
      .looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: part, y: part, d: part })
      .parse(JSON.parse(text))
  } catch {
    check.addIssue({ code: 'custom', message: 'must be a P-256 private JWK' })
    return z.NEVER
  }
})

const hosts = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text) =>
      text
        .split(',')
        .map((host) => host.trim().toLowerCase())
        .filter((host) => host !== ''),
    )

/** What sends mail and codes. All of it may be missing: then that part is off, and says so. */
const senders = {
  MAIL_ADAPTER: z.enum(['', 'cloudflare', 'smtp', 'off']).default(''),
  MAIL_FROM: z
    .string()
    .refine(
      (text) => text === '' || parseMailbox(text) !== null,
      'must be an address like Studyhall <hello@example.org>',
    )
    .default(''),
  SMTP_HOST: z.string().trim().default(''),
  SMTP_PORT: z.union([off, z.coerce.number().int().min(1).max(65_535)]).default(''),
  SMTP_SECURITY: z.enum(['starttls', 'tls', 'none']).default('starttls'),
  SMTP_USERNAME: z.string().default(''),
  SMTP_PASSWORD: z.union([off, secret]).default(''),
  TWILIO_ACCOUNT_SID: sid('AC|SK', 'AC… or SK…, as the Twilio console shows it'),
  TWILIO_AUTH_TOKEN: z.union([off, secret]).default(''),
  TWILIO_VERIFY_SERVICE_SID: sid('VA', 'VA…, as the Twilio console shows it'),
  PUSH_ADAPTER: z.enum(['', 'web', 'off']).default(''),
  /** Push messages to browsers; without a key there are none. */
  VAPID_KEY: z.union([off, vapidKey]).default(''),
  VAPID_SUBJECT: z
    .union([off, z.string().regex(/^(?:mailto:|https:\/\/)\S+$/, 'must be a mailto: or https: address')])
    .default(''),
  PUSH_HOSTS: hosts('fcm.googleapis.com,push.services.mozilla.com,notify.windows.com,push.apple.com'),
  /** Signs what a mail service reports of mail that came back. */
  MAIL_BOUNCE_KEY: z.union([off.transform(() => []), keyRing]).default([]),
  /** Shows at /dev/outbox what the local stand-ins for mail, phone and push would have sent. Only on one's own machine. */
  DEV_OUTBOX: z.enum(['', 'on', 'off']).default(''),
}

/** Sign-in with accounts elsewhere. A provider without its two settings is off. */
const oauthProviders = {
  GOOGLE_CLIENT_ID: z.string().trim().default(''),
  GOOGLE_CLIENT_SECRET: z.union([off, secret]).default(''),
  GITHUB_CLIENT_ID: z.string().trim().default(''),
  GITHUB_CLIENT_SECRET: z.union([off, secret]).default(''),
}

const settings = z.object({
  ...senders,
  ...oauthProviders,
  TOKEN_SIGNING_KEYS: signingKeys,
  REFRESH_KEYS: keyRing,
  CURSOR_KEY: keyRing,
  MFA_KEY: keyRing,

  PUBLIC_URL: z.union([z.literal(''), z.url()]).default(''),
  LOCAL_URL: z.union([z.literal(''), z.url()]).default(''),
  ALLOWED_ORIGINS: list,
  LOG_REQUESTS: z.enum(['all', 'failed']).default('all'),
  ALLOWED_EMAIL_DOMAINS: list.transform((domains) => domains.map((domain) => domain.toLowerCase())),

  LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS: whole(10),
  LOGIN_FAILURES_PER_ADDRESS: whole(100),
  LOGIN_FAILURES_PER_ACCOUNT_FROM_NEW_ADDRESSES: whole(100),
  REFRESHES_PER_SESSION: whole(60),
  REGISTRATIONS_PER_ADDRESS: whole(300),
  SECOND_FACTORS_UNFINISHED: whole(10),
  PROOFS_PER_USER: whole(10),
  SIGN_INS_STARTED_PER_ADDRESS: whole(600),
  MAILS_PER_RECIPIENT: whole(10),
  MAILS_PER_ADDRESS: whole(60),
  PHONE_CODES_PER_NUMBER: whole(10),
  PHONE_CODES_PER_ADDRESS: whole(30),
  TICKETS_PER_USER: whole(60),
  ROOMS_PER_OWNER: whole(100),
  GROUPS_PER_OWNER: whole(100),
  LINKS_PER_CHANNEL: whole(50),
  INVITATIONS_PER_CHANNEL: whole(200),
  WAITING_PER_CHANNEL: whole(100, 1, 199),
  FRIENDS_PER_USER: whole(1000),
  FRIEND_REQUESTS_OPEN: whole(10),
  FRIEND_REQUESTS_OPEN_WHEN_NEW: whole(5),
  BLOCKS_PER_USER: whole(1000),
  MEETUPS_PER_CHANNEL: whole(200),
  PUSH_SUBSCRIPTIONS_PER_USER: whole(10),
  TODOS_PER_LIST: whole(500),
  MATERIALS_PER_USER: whole(1000),
  MATERIAL_SHARES: whole(100, 1, 1000),
  NOTES_PER_USER: whole(1000),
  NOTE_BYTES_PER_USER: whole(100 * 1024 * 1024),
  NOTE_REVISIONS: whole(50, 1, 1000),

  UPLOAD_BYTES: whole(25 * 1024 * 1024, 1, 100_000_000),
  PICTURE_BYTES: whole(5 * 1024 * 1024, 1, 25 * 1024 * 1024),
  UPLOAD_BYTES_PER_USER: whole(1024 * 1024 * 1024),
  UPLOADS_OPEN_PER_USER: whole(100),
  CLAMD_ADDRESS: z
    .union([off, z.string().regex(/^[^\s:/]+:\d{1,5}$/, 'must look like clamd.internal:3310')])
    .default(''),
  REPORTS_PER_USER: whole(20),

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

/** Every setting there is; the README explains each. */
export const settingNames = Object.keys(settings.shape)

export type Config = z.output<typeof settings>

/** Settings that are right one by one and wrong together; a half of something is never taken for all of it. */
const checked = settings.superRefine((config, check) => {
  const wrong = (setting: keyof Config, message: string) => check.addIssue({ code: 'custom', path: [setting], message })
  const sends = config.MAIL_ADAPTER === 'cloudflare' || (config.MAIL_ADAPTER !== 'off' && config.SMTP_HOST !== '')
  if (sends && config.MAIL_FROM === '') wrong('MAIL_FROM', 'is missing, and mail needs a sender')
  if (config.MAIL_ADAPTER === 'smtp' && config.SMTP_HOST === '') wrong('SMTP_HOST', 'is missing')
  if ((config.SMTP_USERNAME === '') !== (config.SMTP_PASSWORD === ''))
    wrong(config.SMTP_PASSWORD === '' ? 'SMTP_PASSWORD' : 'SMTP_USERNAME', 'is missing; the two go together')
  if (config.SMTP_SECURITY === 'none' && config.SMTP_HOST !== '' && !isLoopback(config.SMTP_HOST))
    wrong('SMTP_SECURITY', 'may be none only for a server on the same machine')
  const twilio = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_VERIFY_SERVICE_SID'] as const
  if (twilio.some((name) => config[name] !== ''))
    for (const name of twilio) if (config[name] === '') wrong(name, 'is missing; the three go together')
  for (const provider of ['GOOGLE', 'GITHUB'] as const) {
    const [id, key] = [`${provider}_CLIENT_ID`, `${provider}_CLIENT_SECRET`] as const
    if ((config[id] === '') !== (config[key] === ''))
      wrong(config[id] === '' ? id : key, 'is missing; the two go together')
  }
  if (config.DEV_OUTBOX === 'on' && config.PUBLIC_URL !== '' && !isLoopback(new URL(config.PUBLIC_URL).hostname))
    wrong('DEV_OUTBOX', "shows everybody's mail and codes: it may be on only where PUBLIC_URL is this machine")
})

/** The settings that the room object needs. */
export type RoomLimits = Pick<Config, Extract<keyof Config, `ROOM_${string}`>>

export type ConfigResult = { ok: true; config: Config } | { ok: false; problems: string[] }

const parsed = new WeakMap<object, ConfigResult>()

/** Reads and checks all settings, once per environment object. The problems name settings, never their values. */
export function readConfig(env: object): ConfigResult {
  const known = parsed.get(env)
  if (known) return known
  const read = checked.safeParse(env)
  const problems = read.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? []
  if (read.data?.MAIL_ADAPTER === 'cloudflare' && !('EMAIL' in env))
    problems.push('MAIL_ADAPTER: cloudflare needs [[send_email]] name = "EMAIL" in wrangler.toml')
  const result: ConfigResult =
    read.success && problems.length === 0 ? { ok: true, config: read.data } : { ok: false, problems }
  parsed.set(env, result)
  return result
}
