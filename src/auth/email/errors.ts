import { defineError } from '../../shared/errors'

export const emailErrors = {
  linkInvalid: defineError({
    code: 'auth.link_invalid',
    status: 400,
    title: 'This link does not work any more.',
    help: 'A link from a mail works once: 24 hours long to confirm an address, one hour long to choose a password. Ask for a new one.',
  }),
  addressProven: defineError({
    code: 'auth.address_proven',
    status: 409,
    title: 'This address has been proven for that account.',
    help: 'Whoever reads the mail of the address has confirmed it before. Choose a new password and sign in instead.',
  }),
}
