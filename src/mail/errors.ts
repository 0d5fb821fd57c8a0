import { defineError } from '../shared/errors'

export const mailErrors = {
  unavailable: defineError({
    code: 'mail.unavailable',
    status: 503,
    title: 'This Studyhall does not send mail.',
    help: 'Whoever runs it switches mail on with MAIL_ADAPTER or SMTP_HOST, and MAIL_FROM; the README says how.',
  }),
  notSent: defineError({
    code: 'mail.not_sent',
    status: 503,
    title: 'The mail could not be sent just now.',
    help: 'Try again in a few minutes. If it stays, whoever runs this Studyhall finds the reason in the log.',
  }),
  refused: defineError({
    code: 'mail.refused',
    status: 422,
    title: 'The mail server does not accept this address.',
    help: 'Check the address for a slip of the fingers.',
  }),
}
