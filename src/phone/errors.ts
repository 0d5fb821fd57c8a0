import { defineError } from '../shared/errors'

export const phoneErrors = {
  unavailable: defineError({
    code: 'phone.unavailable',
    status: 503,
    title: 'This Studyhall does not send codes to phones.',
    help: 'Whoever runs it switches them on with TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_VERIFY_SERVICE_SID.',
  }),
  notSent: defineError({
    code: 'phone.not_sent',
    status: 503,
    title: 'The phone service did not answer as it should.',
    help: 'Try again in a few minutes. If it stays, whoever runs this Studyhall finds the reason in the log.',
  }),
  refused: defineError({
    code: 'phone.refused',
    status: 422,
    title: 'No code can be sent to this number.',
    help: 'Give a mobile number with its country code, such as +4366412345678. Landlines and some countries cannot get codes.',
  }),
}
