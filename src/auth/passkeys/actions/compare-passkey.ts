import type { Ctx } from '../../../app/context'
import { auditEvent } from '../../../audit/actions'
import { hashSecret } from '../../../shared/secrets'
import { passkeyErrors } from '../errors'
import { isCounterFresh, type Site } from '../rules'
import { takeChallengeAndPasskey } from '../store'
import { challengeOf, type PasskeyAnswer, readPasskey } from '../webauthn'

interface Question {
  purpose: 'sign-in' | 'second-factor'
  boundTo: string
  /** Whose passkey it must be; null when the passkey says who signs in. */
  userId: string | null
}

/**
 * Proves an answer by a passkey, and uses its challenge up whatever comes of it. The counter is not written yet.
 * @throws auth.passkey_invalid
 */
export async function comparePasskey(ctx: Ctx, answer: PasskeyAnswer, site: Site, question: Question) {
  const challenge = challengeOf(answer)
  if (challenge === null) throw passkeyErrors.invalid()
  const hash = await hashSecret(challenge)
  const { taken, found } = await takeChallengeAndPasskey(ctx, { hash, ...question }, answer.id)
  if (!taken || !found || (question.userId !== null && found.passkey.userId !== question.userId))
    throw passkeyErrors.invalid()
  const { passkey, user } = found
  const mustKnowOwner = question.purpose === 'sign-in'
  const read = await readPasskey(site, challenge, answer, passkey, { mustKnowOwner })
  if (!read || user.status !== 'active') throw passkeyErrors.invalid()
  if (!isCounterFresh(passkey.counter, read.counter)) {
    ctx.log.warn('passkey.counter_went_back', { userId: user.id, passkeyId: passkey.id })
    const details = { passkeyId: passkey.id, stored: passkey.counter, told: read.counter }
    await auditEvent(ctx, { event: 'passkey.counter_went_back', subjectId: user.id, details })
    throw passkeyErrors.invalid()
  }
  return { passkey, user, counter: read.counter }
}
