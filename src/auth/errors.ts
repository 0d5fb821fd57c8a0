import { defineError } from '../shared/errors'

export const authErrors = {
  required: defineError({ code: 'auth.required', status: 401, title: 'Sign in first.' }),
  tokenExpired: defineError({
    code: 'auth.token_expired',
    status: 401,
    title: 'The access token has expired.',
    help: 'Ask for a new pair at POST /api/v1/auth/refresh.',
  }),
  tokenInvalid: defineError({ code: 'auth.token_invalid', status: 401, title: 'The token is not valid.' }),
}
