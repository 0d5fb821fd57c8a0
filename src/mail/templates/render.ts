import { escapeHtml } from '../../shared/html'
import type { Block, MailContent, MailLanguage, Mails, MailTemplate, TemplateValues } from './content'
import { de } from './de'
import { en } from './en'

const languages = { en, de } satisfies Record<string, MailLanguage>

export type Language = keyof typeof languages

/** The language we speak that comes nearest to a reader's locale; English if none does. */
export function languageFor(locale: string): Language {
  const [language = ''] = locale.toLowerCase().split(/[-_]/)
  return Object.hasOwn(languages, language) ? (language as Language) : 'en'
}

/**
 * The locale of a new reader: what their browser likes best of the languages that we speak, such as `de-AT`; English if
 * it likes none of them.
 * @param accepted the header Accept-Language
 */
export function localeFrom(accepted: string): string {
  const spoken = accepted.split(',').flatMap((each) => {
    const [, tag = '', language = '', weight = '1'] = languageRange.exec(each) ?? []
    const isOurs = Object.hasOwn(languages, language.toLowerCase()) && Number(weight) > 0
    return isOurs ? [{ tag, weight: Number(weight) }] : []
  })
  const [best] = spoken.toSorted((a, b) => b.weight - a.weight)
  return best ? (Intl.getCanonicalLocales(best.tag)[0] ?? 'en') : 'en'
}

/** Language, script and country, which is all that a reader's locale needs; and how much it is liked. */
const languageRange = /^\s*(([a-z]{2,3})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?)\s*(?:;\s*q=(\d(?:\.\d{1,3})?)\s*)?$/i

export interface RenderedMail {
  language: Language
  subject: string
  text: string
  html: string
}

/** Makes HTML and plain text from one definition. Values may hold anything: they are escaped, and stay on their line. */
export function renderMail<T extends MailTemplate>(
  template: T,
  locale: string,
  values: TemplateValues[T],
): RenderedMail {
  const language = languageFor(locale)
  const words: MailLanguage = languages[language]
  const mails: Mails = words.mails
  const content = mails[template](values)
  const blocks = content.blocks.map(onOneLine)
  return {
    language,
    subject: oneLine(content.subject),
    text: toText(blocks, words.footer),
    html: toHtml({ subject: oneLine(content.subject), blocks }, words.footer, language),
  }
}

const oneLine = (words: string) => words.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()

function onOneLine(block: Block): Block {
  switch (block.kind) {
    case 'button':
      return { ...block, label: oneLine(block.label), url: requireWebAddress(block.url) }
    case 'link':
      return { ...block, label: oneLine(block.label), url: requireWebAddress(block.url) }
    case 'code':
      return { kind: 'code', code: oneLine(block.code) }
    case 'item':
      return { kind: 'item', title: oneLine(block.title), text: oneLine(block.text) }
    default:
      return { ...block, text: oneLine(block.text) }
  }
}

function requireWebAddress(url: string): string {
  const { protocol, href } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') throw new Error('a link in a mail must be a web address')
  return href
}

const width = 72

/** Words in lines of at most 72 characters; a longer word, such as a link, has a line of its own. */
function wrap(words: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of words.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}

function toText(blocks: Block[], footer: string): string {
  const parts = blocks.map((block) => {
    switch (block.kind) {
      case 'button':
      case 'link':
        return `${block.label}:\n${block.url}`
      case 'item':
        return [block.title, block.text]
          .filter((words) => words !== '')
          .map(wrap)
          .join('\n')
      case 'code':
        return `    ${block.code}`
      default:
        return wrap(block.text)
    }
  })
  return `${parts.join('\n\n')}\n\n-- \n${wrap(footer)}\n`
}

const style = `
body{margin:0;background:#f4f4f1;color:#1d1d1b}
main{max-width:34em;margin:0 auto;padding:32px 24px;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
p{margin:0 0 16px}
.button{display:inline-block;padding:12px 20px;border-radius:6px;background:#1f5f4a;color:#fff;text-decoration:none;font-weight:600}
.code{font:600 28px/1.2 ui-monospace,Menlo,Consolas,monospace;letter-spacing:.15em}
.small{font-size:14px;color:#5c5c57;word-break:break-all}
.note,.footer{font-size:14px;color:#5c5c57}
.footer{border-top:1px solid #d9d9d3;padding-top:16px}
@media(prefers-color-scheme:dark){
body{background:#171716;color:#ecece8}
.button{background:#7fd1b0;color:#10231c}
.small,.small a,.note,.footer{color:#a9a9a2}
.footer{border-color:#3a3a37}}`.replaceAll('\n', '')

function toHtml({ subject, blocks }: MailContent, footer: string, language: Language): string {
  const body = blocks.map((block): string => {
    switch (block.kind) {
      case 'button': {
        const url = escapeHtml(block.url)
        // The address in full as well: whoever is wary sees where it leads, and can copy it.
        return `<p><a class="button" href="${url}">${escapeHtml(block.label)}</a></p><p class="small">${url}</p>`
      }
      case 'code':
        return `<p class="code">${escapeHtml(block.code)}</p>`
      case 'item':
        return `<p><strong>${escapeHtml(block.title)}</strong>${block.text === '' ? '' : `<br>${escapeHtml(block.text)}`}</p>`
      case 'link': {
        const url = escapeHtml(block.url)
        return `<p class="small">${escapeHtml(block.label)}:<br><a href="${url}">${url}</a></p>`
      }
      case 'note':
        return `<p class="note">${escapeHtml(block.text)}</p>`
      default:
        return `<p>${escapeHtml(block.text)}</p>`
    }
  })
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">',
    '<meta name="supported-color-schemes" content="light dark">',
    `<title>${escapeHtml(subject)}</title><style>${style}</style></head><body><main>`,
    ...body,
    `<p class="footer">${escapeHtml(footer)}</p></main></body></html>`,
  ].join('\n')
}
