import { defineError } from '../shared/errors'

export const authErrors = {
  required: defineError({ code: 'auth.required', status: 401, title: 'Sign in first.' }),
  tokenExpired: defineError({
    code: 'auth.token_expired',
    status: 401,
    title: 'The access token has expired.',
    help: 'Ask for a new pair at POST /api/v1/auth/refresh.',
  }),
  tokenInvalid: defineError({
    code: 'auth.token_invalid',
    status: 401,
    title: 'The token is not valid.',
    help: 'It was not made by this Studyhall, or its session has ended. Sign in again.',
  }),
  invalidCredentials: defineError({
    code: 'auth.invalid_credentials',
    status: 401,
    title: 'The name or the password is not right.',
    help: 'The answer is the same whether or not there is such an account.',
  }),
  emailTaken: defineError({
    code: 'auth.email_taken',
    status: 409,
    title: 'There is already an account with this address.',
    help: 'Sign in with it instead.',
  }),
  weakPassword: defineError({
    code: 'auth.weak_password',
    status: 422,
    title: 'This password is too easy to guess.',
    help: 'Take at least 8 characters that are not on the list of common passwords and are not your name or address. Three or four unrelated words work well.',
  }),
  emailDomainNotAllowed: defineError({
    code: 'auth.email_domain_not_allowed',
    status: 422,
    title: 'This Studyhall does not take addresses of that domain.',
    help: 'Register with the address of your school. Whoever runs this Studyhall sets the domains with ALLOWED_EMAIL_DOMAINS.',
  }),
  adminRequired: defineError({
    code: 'auth.admin_required',
    status: 403,
    title: 'Only admins may do this.',
    help: 'An admin makes others admins; whoever runs this Studyhall makes the first one with `bun run admin:create`.',
  }),
  emailVerificationRequired: defineError({
    code: 'auth.email_verification_required',
    status: 403,
    title: 'Verify your e-mail address or your phone number first.',
    help: 'Open the link that we sent you; POST /api/v1/auth/email/resend sends it again. A number that you link by a code counts as well. Until then you may study and join rooms, but not ask, invite or write to people.',
  }),
  sessionNotFound: defineError({ code: 'auth.session_not_found', status: 404, title: 'There is no such session.' }),
}
