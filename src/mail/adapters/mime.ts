import { encodeWord, foldLines, quoteString } from 'nodemailer/lib/mime-funcs'
import { encode, wrap } from 'nodemailer/lib/qp'
import type { Mail, Mailbox } from './contract'

/** What stands between the parts: quoted-printable writes every equals sign as `=3D`, so no text can hold it. */
const boundary = '=_studyhall'

/**
 * A mail as RFC 5322 wants it: ASCII only, lines of at most 76 characters where words allow it. Headers are written as
 * they are given: whoever calls has called `requireSafeMail`.
 */
export function writeMail(mail: Mail, now: number): string {
  const headers = {
    From: writeMailbox(mail.from),
    To: writeMailbox(mail.to),
    ...(mail.replyTo ? { 'Reply-To': writeMailbox(mail.replyTo) } : {}),
    Subject: words(mail.subject),
    'Message-ID': mail.messageId,
    Date: new Date(now).toUTCString().replace('GMT', '+0000'),
    'MIME-Version': '1.0',
    ...Object.fromEntries(Object.entries(mail.headers ?? {}).map(([name, value]) => [name, words(value)])),
    'Content-Type': `multipart/alternative; boundary="${boundary}"`,
  }
  return [
    ...Object.entries(headers).map(([name, value]) => foldLines(`${name}: ${value}`, 76)),
    '',
    ...writePart('text/plain', mail.text),
    ...writePart('text/html', mail.html),
    `--${boundary}--`,
    '',
  ].join('\r\n')
}

/** What looks like an encoded word is read as one by many, in quotes or not. */
const isPlain = (text: string) => /^(?!.*=\?)[\x20-\x7e]*$/.test(text)

const words = (text: string) => (isPlain(text) ? text : encodeWord(text, 'Q', 52))

function writePart(type: string, text: string): string[] {
  return [
    `--${boundary}`,
    `Content-Type: ${type}; charset=utf-8`,
    'Content-Transfer-Encoding: quoted-printable',
    '',
    wrap(encode(text.replace(/\r\n|\r|\n/g, '\r\n')), 76),
  ]
}

function writeMailbox({ address, name = '' }: Mailbox): string {
  const plain = asciiAddress(address)
  if (name === '') return plain
  return `${isPlain(name) ? quoteString(name) : words(name)} <${plain}>`
}

/** An address whose domain is written in another script, with the name that the domain name system knows. */
export function asciiAddress(address: string): string {
  const at = address.lastIndexOf('@') + 1
  const domain = address.slice(at)
  const known = /[^ -~]/.test(domain) ? URL.parse(`http://${domain}`)?.hostname : domain
  return `${address.slice(0, at)}${known ?? domain}`
}
