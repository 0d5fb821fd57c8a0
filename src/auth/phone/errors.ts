import { defineError } from '../../shared/errors'

export const phoneSignInErrors = {
  codeInvalid: defineError({
    code: 'auth.phone_code_invalid',
    status: 401,
    title: 'The code is not right.',
    help: 'A code works once, for ten minutes and at most five tries; a new one makes the one before it void.',
  }),
  nameRequired: defineError({
    code: 'auth.name_required',
    status: 422,
    title: 'This number is new here: send a name along.',
    help: 'The code is used up, so that nobody can find out by guessing which numbers are known. Ask for a new one and send a `name` with it.',
  }),
  phoneTaken: defineError({
    code: 'auth.phone_taken',
    status: 409,
    title: 'Another account has this number.',
    help: 'Sign in to that one with a code, or use another number.',
  }),
  signUpByMail: defineError({
    code: 'auth.phone_sign_up_closed',
    status: 403,
    title: 'New accounts of this Studyhall need the address of a school.',
    help: 'Register with your mail address; then you can link your number.',
  }),
}
