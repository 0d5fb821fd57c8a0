import { defineError } from '../../shared/errors'

export const oauthErrors = {
  addressHeld: defineError({
    code: 'auth.oauth_address_held',
    status: 409,
    title: 'An account with this address is locked with a second factor, and nobody has confirmed the address for it.',
    help: 'If it is yours, sign in with your password and the second factor, then link your account from there. If it is not, ask for a new password with POST /api/v1/auth/password/forgot, open the link, and choose “I have no account here”: after that the address is free.',
  }),
  notEnabled: defineError({
    code: 'auth.provider_not_enabled',
    status: 404,
    title: 'This Studyhall does not sign in with that provider.',
    help: 'GET /api/v1/auth/oauth lists the providers that are on. Whoever runs this Studyhall switches one on with its client id and secret; the README says how.',
  }),
  stateInvalid: defineError({
    code: 'auth.oauth_state_invalid',
    status: 400,
    title: 'This sign-in was not begun here, or is over.',
    help: 'Begin again, and come back in the same browser within ten minutes. Each beginning is good for one return.',
  }),
  denied: defineError({
    code: 'auth.oauth_denied',
    status: 403,
    title: 'The provider was not allowed to sign you in.',
    help: 'You, or the provider, have said no. Begin again if that was a mistake.',
  }),
  failed: defineError({
    code: 'auth.oauth_failed',
    status: 401,
    title: 'The provider does not vouch for this sign-in.',
    help: 'Begin again. If it stays, whoever runs this Studyhall finds the reason in the log.',
  }),
  unavailable: defineError({
    code: 'auth.provider_unavailable',
    status: 503,
    title: 'The provider does not answer just now.',
    help: 'Try again in a few minutes, or sign in another way.',
  }),
  mailUnverified: defineError({
    code: 'auth.oauth_mail_unverified',
    status: 403,
    title: 'Your account at the provider has no verified mail address.',
    help: 'Verify your address there first: we know people by it.',
  }),
  alreadyLinked: defineError({
    code: 'auth.oauth_already_linked',
    status: 409,
    title: 'These two accounts cannot be linked.',
    help: 'Either your account is linked with another one of this provider, or that one with somebody else here. Remove the old link first.',
  }),
  notLinked: defineError({
    code: 'auth.oauth_not_linked',
    status: 404,
    title: 'Your account is not linked with this provider.',
  }),
}
