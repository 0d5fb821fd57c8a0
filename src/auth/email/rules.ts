import type { Config } from '../../app/config'
import type { Throttle } from '../rules'
import type { EmailTokenRow } from '../tables'

const hour = 60 * 60 * 1000
const day = 24 * hour

type Purpose = EmailTokenRow['purpose']

/** How long a mailed link works, in milliseconds. */
export const linkLifeMs: Record<Purpose, number> = { verify: day, change: day, reset: hour }

/** The pages that the links open; each takes the token from behind the #, which no server and no log sees. */
const pages: Record<Purpose, string> = {
  verify: '/account/confirm-address',
  change: '/account/confirm-address',
  reset: '/account/new-password',
}

/** @param base where this Studyhall is reached, without a slash at the end */
export const linkTo = (base: string, purpose: Purpose, token: string) => `${base}${pages[purpose]}#token=${token}`

/**
 * How many mails strangers may cause.
 * @param recipient stands for the address that is written to, known or not
 * @param address where the request comes from
 */
export const mailThrottles = (
  limits: Pick<Config, 'MAILS_PER_RECIPIENT' | 'MAILS_PER_ADDRESS'>,
  recipient: string,
  address: string,
): Throttle[] => [
  { name: 'mail', key: `mail:${recipient}`, max: limits.MAILS_PER_RECIPIENT, windowMs: day },
  { name: 'mail-address', key: `mail-address:${address}`, max: limits.MAILS_PER_ADDRESS, windowMs: hour },
]
