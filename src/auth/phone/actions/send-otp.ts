import type { Ctx } from '../../../app/context'
import { requirePhone, startPhoneCheck } from '../../../phone/actions'
import { takeFromThrottle } from '../../actions/throttle'
import { addressOf } from '../../rules'
import { refundThrottle } from '../../throttle-store'
import { phoneThrottles } from '../rules'

/**
 * Sends a code to a number, whether or not anybody here has it.
 * @throws phone.unavailable, phone.refused, phone.not_sent, rate.limited
 */
export async function sendOtp(ctx: Ctx, { phone }: { phone: string }): Promise<void> {
  requirePhone(ctx)
  const throttles = phoneThrottles(ctx.config, phone, addressOf(ctx))
  await takeFromThrottle(ctx, ...throttles)
  try {
    // Without a locale the service goes by the number's country.
    await startPhoneCheck(ctx, { phone, locale: '' })
  } catch (error) {
    for (const { key } of throttles) await refundThrottle(ctx, key)
    throw error
  }
}
