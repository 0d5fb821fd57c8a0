import { checkCode, issueCode } from '../codes/actions'
import { keepInOutbox } from '../mail/actions'
import { cloudflareMail } from '../mail/adapters/cloudflare'
import type { MailSender } from '../mail/adapters/contract'
import { outboxMail } from '../mail/adapters/outbox'
import { smtpMail } from '../mail/adapters/smtp'
import { parseMailbox } from '../mail/rules'
import type { PushSender } from '../notifications/adapters/contract'
import { outboxPush } from '../notifications/adapters/outbox-push'
import { webPush } from '../notifications/adapters/web-push'
import type { PhoneVerifier } from '../phone/adapters/contract'
import { localPhone } from '../phone/adapters/local'
import { twilioPhone } from '../phone/adapters/twilio'
import { clamd } from '../uploads/adapters/clamd'
import { cloudflareImages, keptAsSent } from '../uploads/adapters/cloudflare-images'
import type { Scanner, SquareMaker } from '../uploads/adapters/contract'
import { type Config, readConfig } from './config'
import type { Ctx } from './context'

type MailKind = 'cloudflare' | 'smtp' | 'outbox' | 'off'

/** What MAIL_ADAPTER names; without it SMTP if there is a server, the local outbox if that is on, otherwise nothing. */
function mailKind(config: Config): MailKind {
  if (config.MAIL_ADAPTER !== '') return config.MAIL_ADAPTER
  if (config.SMTP_HOST !== '') return 'smtp'
  return config.DEV_OUTBOX === 'on' ? 'outbox' : 'off'
}

/** The binding exists only where wrangler.toml says so; `readConfig` refuses MAIL_ADAPTER without it. */
const emailBinding = (env: object) => (env as { EMAIL?: SendEmail }).EMAIL

/** The daemon that CLAMD_ADDRESS names; null while files are not scanned. */
export const makeScanner = ({ CLAMD_ADDRESS: address }: Config): Scanner | null =>
  address === '' ? null : clamd(address)

/** Cloudflare Images where wrangler.toml binds it, the stand-in elsewhere. */
export function makePictures(env: object): SquareMaker {
  const { IMAGES: images } = env as { IMAGES?: ImagesBinding }
  return images ? cloudflareImages(images) : keptAsSent
}

/** The adapter that the settings ask for; null while mail is off. */
export function makeMail(env: object, ctx: Ctx): MailSender | null {
  const { config } = ctx
  switch (mailKind(config)) {
    case 'cloudflare': {
      const binding = emailBinding(env)
      return binding ? cloudflareMail(binding) : null
    }
    case 'smtp':
      return smtpMail(
        {
          host: config.SMTP_HOST,
          port: config.SMTP_PORT || { starttls: 587, tls: 465, none: 25 }[config.SMTP_SECURITY],
          security: config.SMTP_SECURITY,
          credentials:
            config.SMTP_USERNAME === '' ? null : { username: config.SMTP_USERNAME, password: config.SMTP_PASSWORD },
        },
        () => ctx.now(),
      )
    case 'outbox':
      return outboxMail((mail) =>
        keepInOutbox(ctx, {
          kind: 'mail',
          sender: mail.from.address,
          recipient: mail.to.address,
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          messageId: mail.messageId,
        }),
      )
    case 'off':
      return null
  }
}

/** Twilio where it is set, the local stand-in where the outbox is on; null while codes to phones are off. */
export function makePhone(ctx: Ctx): PhoneVerifier | null {
  const { config } = ctx
  if (config.TWILIO_ACCOUNT_SID !== '')
    return twilioPhone({
      accountSid: config.TWILIO_ACCOUNT_SID,
      authToken: config.TWILIO_AUTH_TOKEN,
      serviceSid: config.TWILIO_VERIFY_SERVICE_SID,
    })
  if (config.DEV_OUTBOX !== 'on') return null
  return localPhone({
    issue: (phone) => issueCode(ctx, { purpose: 'phone_local', address: phone }),
    check: (phone, code) => checkCode(ctx, { purpose: 'phone_local', address: phone, code }),
    keep: (phone, text) =>
      keepInOutbox(ctx, {
        kind: 'sms',
        sender: 'Studyhall',
        recipient: phone,
        subject: 'Text message',
        text,
        html: null,
        messageId: null,
      }),
  })
}

/** What PUSH_ADAPTER names; without it the local outbox if that is on, otherwise web push. Nothing without a key. */
function pushKind({ VAPID_KEY, PUSH_ADAPTER, DEV_OUTBOX }: Config): 'web push' | 'outbox' | 'off' {
  if (VAPID_KEY === '' || PUSH_ADAPTER === 'off') return 'off'
  return PUSH_ADAPTER === '' && DEV_OUTBOX === 'on' ? 'outbox' : 'web push'
}

/** Null while push messages are off. */
export function makePush(ctx: Ctx): PushSender | null {
  const { VAPID_KEY: key, VAPID_SUBJECT, PUSH_HOSTS: hosts, PUBLIC_URL, MAIL_FROM } = ctx.config
  const kind = pushKind(ctx.config)
  if (key === '' || kind === 'off') return null
  if (kind === 'outbox')
    return outboxPush({
      key,
      hosts,
      keep: (endpoint, { topic, payload, ...options }) =>
        keepInOutbox(ctx, {
          kind: 'push',
          sender: 'Studyhall',
          recipient: endpoint,
          subject: String(payload.title ?? ''),
          text: JSON.stringify({ ...options, payload }, null, 2),
          html: null,
          messageId: topic,
        }),
    })
  const reachedAt = PUBLIC_URL.startsWith('https:')
    ? PUBLIC_URL
    : `mailto:${parseMailbox(MAIL_FROM)?.address ?? 'studyhall@localhost'}`
  return webPush({ key, subject: VAPID_SUBJECT || reachedAt, hosts })
}

/** For /api/v1/health: what would send, were it asked. */
export function adapterNames(env: object): Record<'mail' | 'phone' | 'pictures' | 'scanner' | 'push', string> {
  const read = readConfig(env)
  const pictures = makePictures(env).name
  if (!read.ok) return { mail: 'off', phone: 'off', pictures, scanner: 'off', push: 'off' }
  const { config } = read
  const standIn = 'local outbox (stand-in)'
  const kind = mailKind(config)
  const mail = kind === 'outbox' ? standIn : kind
  const phone = config.TWILIO_ACCOUNT_SID !== '' ? 'twilio' : config.DEV_OUTBOX === 'on' ? standIn : 'off'
  const push = pushKind(config) === 'outbox' ? standIn : pushKind(config)
  return { mail, phone, pictures, scanner: makeScanner(config)?.name ?? 'off', push }
}
