export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'button'; label: string; url: string }
  | { kind: 'code'; code: string }
  /** One of several things that the mail tells of. */
  | { kind: 'item'; title: string; text: string }
  /** A link in small print. */
  | { kind: 'link'; label: string; url: string }
  /** Small print: what to do when the mail was not expected. */
  | { kind: 'note'; text: string }

/** One mail in one language, from which both its HTML and its plain text are made. */
export interface MailContent {
  subject: string
  blocks: Block[]
}

/**
 * What each mail needs to know. A mail to an address that nobody has proven carries nothing that somebody typed, not
 * even a name: it could be used to write to strangers.
 */
export interface TemplateValues {
  verifyAddress: { url: string }
  confirmNewAddress: { url: string }
  resetPassword: { url: string }
  signInCode: { code: string }
  /** Several at once; `more` counts those that are not told of in full. */
  notifications: {
    name: string
    items: { title: string; text: string }[]
    more: number
    url: string
    /** Null where nobody can do without. */
    unsubscribeUrl: string | null
  }
}

export type MailTemplate = keyof TemplateValues

export type Mails = { [T in MailTemplate]: (values: TemplateValues[T]) => MailContent }

export interface MailLanguage {
  /** The last line of every mail. */
  footer: string
  mails: Mails
}

export const text = (words: string): Block => ({ kind: 'text', text: words })
export const note = (words: string): Block => ({ kind: 'note', text: words })
export const item = (title: string, words: string): Block => ({ kind: 'item', title, text: words })
export const link = (label: string, url: string): Block => ({ kind: 'link', label, url })
export const button = (label: string, url: string): Block => ({ kind: 'button', label, url })
