import { defineError } from '../../shared/errors'

export const mfaErrors = {
  tokenInvalid: defineError({
    code: 'auth.mfa_token_invalid',
    status: 401,
    title: 'This sign-in cannot be finished any more.',
    help: 'An mfaToken lives ten minutes, allows five tries and works once. Sign in again from the start.',
  }),
  codeInvalid: defineError({
    code: 'auth.mfa_code_invalid',
    status: 401,
    title: 'The code is not right.',
    help: "Take the code that your app shows now; each works once. If it never fits, check that your device's clock is right. A recovery code works once, too.",
  }),
  freshSignInRequired: defineError({
    code: 'auth.fresh_sign_in_required',
    status: 403,
    title: 'Prove once more that it is you.',
    help: 'Send your password along, or sign in again and repeat this within ten minutes.',
  }),
  totpAlreadyOn: defineError({
    code: 'auth.totp_already_on',
    status: 409,
    title: 'An authenticator app is set up already.',
    help: 'Remove it with DELETE /api/v1/auth/mfa/totp before you set up another one.',
  }),
  totpNotStarted: defineError({
    code: 'auth.totp_not_started',
    status: 409,
    title: 'There is no authenticator app waiting for its first code.',
    help: 'Begin with POST /api/v1/auth/mfa/totp and send the first code within ten minutes.',
  }),
  totpOff: defineError({
    code: 'auth.totp_off',
    status: 404,
    title: 'There is no authenticator app on this account.',
  }),
  off: defineError({
    code: 'auth.mfa_off',
    status: 409,
    title: 'This account has no second factor yet.',
    help: 'Recovery codes come with the first one: set up an authenticator app or a passkey.',
  }),
}
