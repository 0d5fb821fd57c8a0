import { button, item, link, type MailLanguage, note, text } from './content'

export const en: MailLanguage = {
  footer: 'Studyhall sends this mail because of something that happened to your account. There is nobody to reply to.',
  mails: {
    verifyAddress: ({ url }) => ({
      subject: 'Confirm your mail address',
      blocks: [
        text('Welcome to Studyhall. Please confirm that this mail address is yours.'),
        button('Confirm my address', url),
        text('The link works once, for 24 hours.'),
        note('If you did not sign up, ignore this mail. Without the link nobody can use your address.'),
      ],
    }),
    confirmNewAddress: ({ url }) => ({
      subject: 'Confirm your new mail address',
      blocks: [
        text('You asked Studyhall to use this address from now on. Please confirm that it is yours.'),
        button('Use this address', url),
        text('The link works once, for 24 hours. Until then your old address stays.'),
        note('If you did not ask for this, ignore this mail and nothing changes.'),
      ],
    }),
    resetPassword: ({ url }) => ({
      subject: 'Choose a new password',
      blocks: [
        text('Somebody, most likely you, asked for a new password for your Studyhall account.'),
        button('Choose a new password', url),
        text(
          'The link works once, for one hour. You will be signed out everywhere and sign in again with the new password.',
        ),
        note('If you did not ask for this, ignore this mail. Your password stays as it is.'),
      ],
    }),
    signInCode: ({ code }) => ({
      subject: 'Your sign-in code',
      blocks: [
        text('This is your code for Studyhall:'),
        { kind: 'code', code },
        text('It works once, for ten minutes.'),
        note('Nobody from Studyhall will ever ask you for it. If you did not try to sign in, ignore this mail.'),
      ],
    }),
    notifications: ({ name, items, more, url, unsubscribeUrl }) => ({
      subject:
        items.length + more === 1 ? (items[0]?.title ?? '') : `${items.length + more} things happened on Studyhall`,
      blocks: [
        text(`Hello ${name},`),
        ...items.map((one) => item(one.title, one.text)),
        ...(more > 0 ? [text(`And ${more} more.`)] : []),
        button('Open Studyhall', url),
        ...(unsubscribeUrl === null ? [] : [link('No more mail of this kind', unsubscribeUrl)]),
      ],
    }),
  },
}
