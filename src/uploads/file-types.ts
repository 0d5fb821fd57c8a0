import { filetypemime } from 'magic-bytes.js'

/**
 * What may be sent, by declared type. The list is short on purpose: each entry is a type whose beginning can be checked,
 * or plain text. What browsers run as a page (HTML, SVG) may be kept, and is only ever handed out as a download of bytes.
 */
interface FileType {
  extensions: readonly string[]
  /** What the library that knows beginnings of files may call it; null for text, which has none. */
  magic: readonly string[] | null
  /** Whether a browser may show it in place. */
  inline?: true
  /** Pictures whose measures we read and whose location we remove. */
  picture?: 'jpeg' | 'png' | 'gif' | 'webp'
  /** What it is handed out as, where that is not its own type. */
  servedAs?: string
}

const zip = ['application/zip']
const office = 'application/vnd.openxmlformats-officedocument'
const openDocument = 'application/vnd.oasis.opendocument'
const text = (...extensions: string[]): FileType => ({ extensions, magic: null })
const bytes = 'application/octet-stream'

const fileTypes: Record<string, FileType> = {
  'image/jpeg': { extensions: ['jpg', 'jpeg'], magic: ['image/jpeg'], inline: true, picture: 'jpeg' },
  'image/png': { extensions: ['png'], magic: ['image/png'], inline: true, picture: 'png' },
  'image/gif': { extensions: ['gif'], magic: ['image/gif'], inline: true, picture: 'gif' },
  'image/webp': { extensions: ['webp'], magic: ['image/webp'], inline: true, picture: 'webp' },
  'image/svg+xml': { ...text('svg'), servedAs: bytes },
  'application/pdf': { extensions: ['pdf'], magic: ['application/pdf'] },
  [`${office}.wordprocessingml.document`]: { extensions: ['docx'], magic: zip },
  [`${office}.spreadsheetml.sheet`]: { extensions: ['xlsx'], magic: zip },
  [`${office}.presentationml.presentation`]: { extensions: ['pptx'], magic: zip },
  'application/msword': { extensions: ['doc'], magic: ['application/msword'] },
  'application/vnd.ms-excel': { extensions: ['xls'], magic: ['application/msword'] },
  'application/vnd.ms-powerpoint': { extensions: ['ppt'], magic: ['application/msword'] },
  [`${openDocument}.text`]: { extensions: ['odt'], magic: zip },
  [`${openDocument}.spreadsheet`]: { extensions: ['ods'], magic: zip },
  [`${openDocument}.presentation`]: { extensions: ['odp'], magic: zip },
  'application/epub+zip': { extensions: ['epub'], magic: zip },
  'application/zip': { extensions: ['zip'], magic: zip },
  'audio/mpeg': { extensions: ['mp3'], magic: ['audio/mpeg'], inline: true },
  'audio/ogg': { extensions: ['ogg', 'oga', 'opus'], magic: ['application/ogg'], inline: true },
  'audio/wav': { extensions: ['wav'], magic: ['audio/x-wav'], inline: true },
  'audio/mp4': { extensions: ['m4a'], magic: ['video/mp4'], inline: true },
  'video/mp4': { extensions: ['mp4'], magic: ['video/mp4'], inline: true },
  'video/webm': { extensions: ['webm'], magic: ['video/x-matroska'], inline: true },
  'text/plain': text('txt', 'log', 'py', 'java', 'c', 'h', 'cpp', 'cs', 'go', 'rs', 'js', 'ts', 'sql', 'r', 'm', 'tex'),
  'text/markdown': text('md', 'markdown'),
  'text/csv': text('csv'),
  'text/html': { ...text('html', 'htm'), servedAs: bytes },
  'application/json': text('json', 'ipynb'),
}

export const contentTypes = Object.keys(fileTypes)

/** The beginning that tells what a file is; pictures say their measures in it, too, unless large blocks come before. */
export const headBytes = 512

export const isText = (contentType: string) => fileTypes[contentType]?.magic === null
export const pictureOf = (contentType: string) => fileTypes[contentType]?.picture ?? null
export const mayBeInline = (contentType: string) => fileTypes[contentType]?.inline === true

/** What the reply calls it. Never a type that a browser would run. */
export function servedType(contentType: string): string {
  const type = fileTypes[contentType]
  if (!type || type.servedAs) return type?.servedAs ?? bytes
  return isText(contentType) ? `${contentType}; charset=utf-8` : contentType
}

/** Whether a name ends as files of this type do. Only the last extension counts: `a.pdf.html` is HTML. */
export function fitsName(contentType: string, filename: string): boolean {
  const [, extension = ''] = /\.([^.]*)$/.exec(filename.toLowerCase()) ?? []
  return fileTypes[contentType]?.extensions.includes(extension) ?? false
}

/** Beginnings by which a text is something else, whatever it is called. */
const pageStart =
  /^[\ufeff\s]*(?:<!--(?:(?!-->)[\s\S])*-->\s*)*<(?:!doctype|html|head|body|script|iframe|svg|\?xml|\?php)\b/i

/** Whether a file begins as files of this type do. @param head its first `headBytes`, or all of it */
export function fitsBeginning(contentType: string, head: Uint8Array): boolean {
  const type = fileTypes[contentType]
  if (!type) return false
  const candidates: string[] = filetypemime(head)
  if (type.magic) return type.magic.some((name) => candidates.includes(name))
  // Text has no beginning of its own, so it must have none of another's.
  const others = Object.values(fileTypes).flatMap(({ magic }) => magic ?? [])
  if (candidates.some((name) => others.includes(name))) return false
  return type.servedAs !== undefined || !pageStart.test(new TextDecoder().decode(head))
}
