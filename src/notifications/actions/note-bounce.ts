import type { Ctx } from '../../app/context'
import { categories } from '../contract'
import { notificationErrors } from '../errors'
import type { BounceInput } from '../schemas'
import { updateBounced, updateComplained } from '../settings-store'

/** How far the clocks may differ, and how old a report may be, in seconds. */
const toleranceS = 300

interface Report {
  input: BounceInput
  /** The bytes that are signed, as they came. */
  body: string
  /** `t=<seconds>,v1=<hex>` over `<seconds>.<body>`. */
  signature: string | undefined
}

/**
 * Takes the word of a mail service that a mail came back or was unwanted.
 * @throws bounce.unavailable, bounce.bad_signature
 */
export async function noteBounce(ctx: Ctx, report: Report): Promise<void> {
  const [key] = ctx.config.MAIL_BOUNCE_KEY
  if (!key) throw notificationErrors.bounceUnavailable()
  if (!(await isSigned(ctx, key.bytes, report))) throw notificationErrors.bounceUnsigned()
  const { address, kind } = report.input
  if (kind === 'permanent') await updateBounced(ctx, address)
  if (kind === 'complaint')
    await updateComplained(
      ctx,
      address,
      categories.filter((one) => one !== 'security'),
    )
  ctx.log.info('mail.bounced', { kind })
}

async function isSigned(ctx: Ctx, key: Uint8Array, { body, signature = '' }: Report): Promise<boolean> {
  const [, at, hex] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(signature) ?? []
  if (at === undefined || hex === undefined) return false
  if (Math.abs(ctx.now() / 1000 - Number(at)) > toleranceS) return false
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', key, hmac, false, ['verify'])
  return crypto.subtle.verify('HMAC', imported, Uint8Array.fromHex(hex), new TextEncoder().encode(`${at}.${body}`))
}
