import { defineError } from '../../shared/errors'

export const passkeyErrors = {
  invalid: defineError({
    code: 'auth.passkey_invalid',
    status: 401,
    title: 'The passkey could not be checked.',
    help: 'Ask for new options and try again: each challenge is good for one answer within five minutes, from the page that asked.',
  }),
  notFound: defineError({ code: 'auth.passkey_not_found', status: 404, title: 'There is no such passkey.' }),
  alreadyThere: defineError({
    code: 'auth.passkey_already_there',
    status: 409,
    title: 'This passkey is registered already.',
  }),
  tooMany: defineError({
    code: 'auth.too_many_passkeys',
    status: 409,
    title: 'An account may have 20 passkeys.',
    help: 'Remove one that you no longer use.',
  }),
  lastWayIn: defineError({
    code: 'auth.last_sign_in_method',
    status: 409,
    title: 'This is the only way into your account.',
    help: 'Set a password or add another way to sign in first.',
  }),
}
