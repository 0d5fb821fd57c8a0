import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { base64url } from '../../shared/secrets'
import { passkeyChallengeMs, type Site } from './rules'

export type PasskeyAnswer = AuthenticationResponseJSON
export type NewPasskeyAnswer = RegistrationResponseJSON

interface Known {
  credentialId: string
  /** JSON array. */
  transports: string
}

const describeKnown = ({ credentialId, transports }: Known) => ({
  id: credentialId,
  transports: JSON.parse(transports) as string[],
})

/** What a browser needs to make a passkey that can sign in without a name being typed. */
export function askForNewPasskey(
  site: Site,
  challenge: Uint8Array<ArrayBuffer>,
  user: { id: string; username: string; name: string },
  known: Known[],
) {
  return generateRegistrationOptions({
    rpName: 'Studyhall',
    rpID: site.host,
    userID: Uint8Array.from(new TextEncoder().encode(user.id)),
    userName: user.username,
    userDisplayName: user.name,
    challenge,
    timeout: passkeyChallengeMs,
    attestationType: 'none',
    excludeCredentials: known.map(describeKnown),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

/** What a browser needs to ask for a passkey. @param known empty for a sign-in by somebody yet unknown */
export function askForPasskey(site: Site, challenge: Uint8Array<ArrayBuffer>, known: Known[]) {
  return generateAuthenticationOptions({
    rpID: site.host,
    challenge,
    timeout: passkeyChallengeMs,
    // Alone, a passkey stands for both factors, so it has to know its owner; after a password, having it is enough.
    userVerification: known.length === 0 ? 'required' : 'preferred',
    allowCredentials: known.map(describeKnown),
  })
}

/** The challenge that an answer says it answers, before anything of it is believed. */
export function challengeOf({ response }: { response: { clientDataJSON: string } }): string | null {
  try {
    const bytes = Uint8Array.fromBase64(response.clientDataJSON, { alphabet: 'base64url' })
    const { challenge } = JSON.parse(new TextDecoder().decode(bytes))
    return typeof challenge === 'string' ? challenge : null
  } catch {
    return null
  }
}

/** The passkey that an authenticator has made, or null when its answer does not fit. */
export async function readNewPasskey(site: Site, challenge: string, answer: NewPasskeyAnswer) {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: answer,
      expectedChallenge: challenge,
      expectedOrigin: site.origins,
      expectedRPID: site.host,
      requireUserVerification: true,
    })
    if (!verified) return null
    const { credential, credentialBackedUp } = registrationInfo
    return {
      credentialId: credential.id,
      publicKey: base64url(credential.publicKey),
      counter: credential.counter,
      transports: JSON.stringify(credential.transports ?? []),
      isBackedUp: credentialBackedUp,
    }
  } catch {
    // The library says what does not fit by throwing; whoever forges learns nothing of it.
    return null
  }
}

/** What an answer says of its counter, or null when it is not by this passkey for this question. */
export async function readPasskey(
  site: Site,
  challenge: string,
  answer: PasskeyAnswer,
  passkey: { credentialId: string; publicKey: string },
  { mustKnowOwner }: { mustKnowOwner: boolean },
): Promise<{ counter: number } | null> {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: answer,
      expectedChallenge: challenge,
      expectedOrigin: site.origins,
      expectedRPID: site.host,
      // The counter is compared where it is written, so that two answers at once cannot both pass.
      credential: {
        id: passkey.credentialId,
        publicKey: Uint8Array.fromBase64(passkey.publicKey, { alphabet: 'base64url' }),
        counter: 0,
      },
      requireUserVerification: mustKnowOwner,
    })
    return verified ? { counter: authenticationInfo.newCounter } : null
  } catch {
    return null
  }
}
