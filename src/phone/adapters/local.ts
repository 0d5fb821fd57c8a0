import type { PhoneOutcome, PhoneVerifier } from './contract'

interface Parts {
  issue(phone: string): Promise<string>
  check(phone: string, code: string): Promise<PhoneOutcome>
  /** Puts what would have been sent where /dev/outbox shows it. */
  keep(phone: string, text: string): Promise<unknown>
}

/** A local stand-in: the codes are real, but they go to the outbox of the machine instead of a phone. */
export function localPhone({ issue, check, keep }: Parts): PhoneVerifier {
  return {
    name: 'local outbox (stand-in)',
    async start(phone) {
      const code = await issue(phone)
      await keep(
        phone,
        `${code} is your Studyhall code. It works once, for ten minutes. Nobody will ever ask you for it.`,
      )
    },
    check,
  }
}
