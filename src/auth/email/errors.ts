import { defineError } from '../../shared/errors'

export const emailErrors = {
  linkInvalid: defineError({
    code: 'auth.link_invalid',
    status: 400,
    title: 'This link does not work any more.',
    help: 'A link from a mail works once: 24 hours long to confirm an address, one hour long to choose a password. Ask for a new one.',
  }),
}
