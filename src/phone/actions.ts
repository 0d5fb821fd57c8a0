import type { Ctx } from '../app/context'
import { checkOutsideCode, openOutsideCode, voidCode } from '../codes/actions'
import type { CodeOutcome } from '../codes/rules'
import { rateErrors } from '../shared/errors'
import { PhoneFailure } from './adapters/contract'
import { phoneErrors } from './errors'

/** One gate for every adapter: how often codes are sent and compared does not depend on who sends them. */
const gate = (phone: string) => ({ purpose: 'phone', address: phone })

/**
 * Sends a code to a phone. If none could be sent, the next try need not wait.
 * @param phone in E.164
 * @throws phone.unavailable, phone.refused, phone.not_sent, rate.limited within a minute of the last code
 */
export async function startPhoneCheck(ctx: Ctx, { phone, locale }: { phone: string; locale: string }): Promise<void> {
  const verifier = requirePhone(ctx)
  await openOutsideCode(ctx, gate(phone))
  try {
    await verifier.start(phone, locale)
  } catch (error) {
    await voidCode(ctx, gate(phone))
    throw refusalOf(ctx, error)
  }
}

/**
 * Compares what somebody typed with the code that was sent: five comparisons and one success a code, counted here
 * whichever service compares. A try at which the service does not answer counts too.
 * @throws phone.unavailable, phone.not_sent
 */
export async function checkPhoneCode(ctx: Ctx, { phone, code }: { phone: string; code: string }): Promise<CodeOutcome> {
  const verifier = requirePhone(ctx)
  return checkOutsideCode(ctx, gate(phone), async () => {
    try {
      return await verifier.check(phone, code)
    } catch (error) {
      throw refusalOf(ctx, error)
    }
  })
}

/** @throws phone.unavailable */
export function requirePhone(ctx: Ctx) {
  if (!ctx.phone) throw phoneErrors.unavailable()
  return ctx.phone
}

function refusalOf(ctx: Ctx, error: unknown): Error {
  if (!(error instanceof PhoneFailure)) return error instanceof Error ? error : phoneErrors.notSent()
  ctx.log[error.kind === 'misconfigured' ? 'error' : 'warn']('phone.failed', {
    adapter: ctx.phone?.name,
    kind: error.kind,
    reason: error.message,
  })
  switch (error.kind) {
    case 'refused':
      return phoneErrors.refused()
    case 'limited':
      return rateErrors.limited({
        detail: 'This number has had too many codes. Try again in ten minutes.',
        headers: { 'Retry-After': '600' },
      })
    default:
      return phoneErrors.notSent()
  }
}
