import { describe, expect, test } from 'vitest'
import { parseMailbox } from '../../src/mail/rules'
import type { MailTemplate, TemplateValues } from '../../src/mail/templates/content'
import { languageFor, localeFrom, renderMail } from '../../src/mail/templates/render'

const url = 'https://study.example.org/keep?token=abc&b=2'
const examples: { [T in MailTemplate]: TemplateValues[T] } = {
  verifyAddress: { url },
  confirmNewAddress: { url },
  resetPassword: { url },
  signInCode: { code: '012345' },
  notifications: {
    name: 'Ada',
    items: [
      { title: 'Ben would like to be friends', text: '' },
      {
        title: 'Cleo mentioned you in the room Algebra',
        text: 'Is anybody here for eigenvalues, or shall we begin with something else today?',
      },
    ],
    more: 3,
    url,
    unsubscribeUrl: 'https://study.example.org/stop?token=def',
  },
}
const templates = Object.keys(examples) as MailTemplate[]
const everyMail = templates.flatMap((template) =>
  ['en', 'de'].map((locale) => ({ template, locale, mail: renderMail(template, locale, examples[template]) })),
)

describe.each(everyMail)('$template in $locale', ({ template, locale, mail }) => {
  test('the plain text says all that the HTML says', () => {
    const words = mail.html
      .replace(/<style>.*?<\/style>|<title>.*?<\/title>/gs, '')
      .replace(/<[^>]+>/g, ' ')
      .replaceAll('&amp;', '&')
      .replaceAll('&#39;', "'")
    const bare = (text: string) => text.replace(/[\s:]+|^-- $/gm, '')
    const links = 'url' in examples[template] ? 1 : 0
    expect(bare(mail.text).replace('--', '')).toBe(bare(words))
    expect(mail.text.split(url).length - 1).toBe(links)
  })

  test('the lines of the text fit a terminal', () => {
    for (const line of mail.text.split('\n')) if (!line.includes('http')) expect(line.length).toBeLessThanOrEqual(72)
  })

  test('it loads nothing from anywhere', () => {
    expect(mail.html).not.toMatch(/<(?:img|link|script|iframe|object)|@import|url\(/i)
  })

  test('it knows its language', () => {
    expect(mail.language).toBe(locale)
    expect(mail.html).toContain(`<html lang="${locale}">`)
  })
})

test('the languages differ in every subject', () => {
  for (const template of templates)
    expect(renderMail(template, 'en', examples[template]).subject).not.toBe(
      renderMail(template, 'de', examples[template]).subject,
    )
})

test.each([
  ['de', 'de'],
  ['de-AT', 'de'],
  ['DE_ch', 'de'],
  ['en-GB', 'en'],
  ['fr', 'en'],
  ['', 'en'],
  ['constructor', 'en'],
  ['__proto__', 'en'],
])('a reader of %j is written to in %s', (locale, language) => {
  expect(languageFor(locale)).toBe(language)
})

test('a name can neither add markup nor lines', () => {
  const name = '<img src=x onerror=alert(1)>\r\nBcc: eve@example.net\u2028"\'&'
  const { html, text, subject } = renderMail('notifications', 'en', {
    ...{ name, items: [{ title: name, text: name }], more: 0, url, unsubscribeUrl: null },
  })
  expect(html).not.toContain('<img')
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; Bcc: eve@example.net')
  expect(text).not.toMatch(/\r|^Bcc:/m)
  expect(subject).not.toContain('\n')
})

test.each(['javascript:alert(1)', 'data:text/html,x', 'not a link'])('a link to %s is not written', (bad) => {
  expect(() => renderMail('verifyAddress', 'en', { url: bad })).toThrow()
})

test('mails to unproven addresses carry nothing that somebody typed', () => {
  for (const template of ['verifyAddress', 'confirmNewAddress', 'resetPassword', 'signInCode'] as const)
    expect(Object.keys(examples[template])).toHaveLength(1)
})

test.each([
  ['hall@example.org', { address: 'hall@example.org' }],
  ['Studyhall <hall@example.org>', { address: 'hall@example.org', name: 'Studyhall' }],
  ['"Hall, Study" <hall@example.org>', { address: 'hall@example.org', name: 'Hall, Study' }],
  ['<hall@example.org>', { address: 'hall@example.org' }],
  ['Studyhall', null],
  ['a@example.org, b@example.org', null],
  ['Study\nhall <hall@example.org>', null],
  ['x <a@example.org> <b@example.org>', null],
])('the sender %j is read as %o', (text, mailbox) => {
  expect(parseMailbox(text)).toEqual(mailbox)
})

test.each([
  ['', 'en'],
  ['*', 'en'],
  ['de', 'de'],
  ['de-at,de;q=0.9,en;q=0.8', 'de-AT'],
  ['fr-CH, fr;q=0.9, en;q=0.5, de;q=0.7', 'de'],
  ['en-GB;q=0.4, de-CH;q=0.40', 'en-GB'],
  ['de;q=0, en;q=0.1', 'en'],
  ['ja, ko;q=0.9', 'en'],
  ['de-latn-ch, en', 'de-Latn-CH'],
  ['de-a', 'en'],
  ['de-at-at', 'en'],
  ['de_AT, __proto__, constructor, de;q=2x', 'en'],
  [`de-${'abcdefgh-'.repeat(50)}abcdefgh, en`, 'en'],
])('somebody whose browser asks for “%s” is written to in %s', (accepted, locale) => {
  expect(localeFrom(accepted)).toBe(locale)
})
