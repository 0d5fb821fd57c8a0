import PostalMime from 'postal-mime'
import { expect, test } from 'vitest'
import type { Mail } from '../../src/mail/adapters/contract'
import { asciiAddress, writeMail } from '../../src/mail/adapters/mime'

const noon = Date.UTC(2026, 0, 5, 12)
const mailOf = (overrides: Partial<Mail> = {}): Mail => ({
  from: { address: 'studyhall@example.org', name: 'Studyhall' },
  to: { address: 'ada@example.net' },
  subject: 'Confirm your mail address',
  text: 'Hello.\n',
  html: '<p>Hello.</p>\n',
  messageId: '<mail-1@example.org>',
  ...overrides,
})
/** Line ends behind the last word are the reader's. */
async function read(mail: Mail) {
  const { text = '', html = '', ...rest } = await PostalMime.parse(writeMail(mail, noon))
  return { ...rest, text: text.trimEnd(), html: html.trimEnd() }
}

test('a mail says who, to whom, when and what, in text and HTML', async () => {
  const mail = await read(mailOf({ replyTo: { address: 'help@example.org', name: 'Help' } }))
  expect(mail).toMatchObject({
    from: { address: 'studyhall@example.org', name: 'Studyhall' },
    to: [{ address: 'ada@example.net' }],
    replyTo: [{ address: 'help@example.org', name: 'Help' }],
    subject: 'Confirm your mail address',
    messageId: '<mail-1@example.org>',
    date: new Date(noon).toISOString(),
    text: 'Hello.',
    html: '<p>Hello.</p>',
    attachments: [],
  })
})

test.each([
  'Ada',
  'Ada "the, first" Lövelace',
  'back\\slash; <eve@example.net>',
  'looks encoded =?utf-8?Q?like_this?=',
  '学习 📚'.repeat(30),
  'one-word-that-is-much-longer-than-any-line-of-a-mail-may-be-and-cannot-be-folded-anywhere-at-all',
])('a name and a subject are read as they were: %s', async (words) => {
  const mail = await read(mailOf({ from: { address: 'a@example.org', name: words }, subject: words }))
  expect(mail.from).toMatchObject({ name: words, address: 'a@example.org' })
  expect(mail.subject).toBe(words)
})

test.each([
  ['dots at the beginnings of lines', '.\n..\n. and so on\n'],
  ['what separates the parts', '--=_studyhall\n--=_studyhall--\nContent-Type: text/html\n\n'],
  ['equals signs and spaces at the ends of lines', 'a=3D b= \n\t\n \nhttps://a.example/?q=%20&x==\n'],
  ['long lines', `${'word '.repeat(400)}\n${'学'.repeat(500)}\n${'x'.repeat(2000)}\n`],
  ['no line end', 'no line end'],
  ['control characters', 'a\u0000b\u0007c\u007f\n'],
])('the text arrives with %s', async (_, text) => {
  const mail = await read(mailOf({ text, html: text }))
  expect({ text: mail.text, html: mail.html }).toEqual({ text: text.trimEnd(), html: text.trimEnd() })
})

test('what is sent is ASCII, in lines that every server takes', () => {
  const words = 'Grüße, „学习“ 📚\n'.repeat(50)
  const raw = writeMail(mailOf({ subject: words.replaceAll('\n', ' '), text: words, html: `<p>${words}</p>` }), noon)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is ASCII that is meant
  expect(raw).toMatch(/^[\x00-\x7f]*$/)
  expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78)
})

test('more headers go along, and none takes the place of what tells the parts apart', async () => {
  const unsubscribe = `<https://studyhall.example/unsubscribe/${'t'.repeat(120)}>`
  const headers = { 'List-Unsubscribe': unsubscribe, 'X-Note': 'Grüße', 'Content-Type': 'text/plain' }
  const mail = await read(mailOf({ headers }))
  expect(mail.headers).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ key: 'list-unsubscribe', value: unsubscribe }),
      expect.objectContaining({
        key: 'x-note',
        value: expect.stringMatching(/^=\?UTF-8\?Q\?Gr=C3=BC=C3=9Fe\?=$|^Grüße$/),
      }),
    ]),
  )
  expect(mail.html).toBe('<p>Hello.</p>')
})

test('a domain in another script goes by its ASCII name', () => {
  expect(asciiAddress('hallo@Bücher.example')).toBe('hallo@xn--bcher-kva.example')
  expect(asciiAddress('ada@example.org')).toBe('ada@example.org')
  expect(asciiAddress('ada@127')).toBe('ada@127')
})
