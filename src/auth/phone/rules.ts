import type { Config } from '../../app/config'
import type { Throttle } from '../rules'

const day = 24 * 60 * 60 * 1000

/** How many codes are sent: each costs money, and a number may be a stranger's. */
export const phoneThrottles = (
  limits: Pick<Config, 'PHONE_CODES_PER_NUMBER' | 'PHONE_CODES_PER_ADDRESS'>,
  phone: string,
  address: string,
): Throttle[] => [
  { name: 'phone', key: `phone:${phone}`, max: limits.PHONE_CODES_PER_NUMBER, windowMs: day },
  { name: 'phone-address', key: `phone-address:${address}`, max: limits.PHONE_CODES_PER_ADDRESS, windowMs: day },
]
