import type { UploadPurpose, UploadRow } from './tables'

const minute = 60_000

/** In which an announced file must be sent. */
export const sendWithinMs = 15 * minute
/** How long a link to read is good. */
export const linkMs = 5 * minute
/** After which a file that nothing uses is deleted. */
export const unusedKeptMs = 24 * 60 * minute

const maxPixels = 100_000_000
const maxSide = 16_384
const smallest: Record<UploadPurpose, number> = { avatar: 32, logo: 32, attachment: 1, material: 1, note: 1 }

interface Measures {
  width: number
  height: number
}

/** Why a picture of these measures is not taken, or null. They come from its header: nothing is unpacked. */
export function whyNotShown({ width, height }: Measures, purpose: UploadPurpose): string | null {
  if (width > maxSide || height > maxSide || width * height > maxPixels)
    return `The picture is ${width} x ${height}; pictures may have ${maxSide} a side and ${maxPixels / 1e6} million pixels.`
  const min = smallest[purpose]
  if (width < min || height < min) return `The picture is ${width} x ${height}; it needs at least ${min} x ${min}.`
  return null
}

/** Kinds of characters that nobody sees and that turn a name around: `annexe` + RLO + `fdp.html` looks like a PDF. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u
/** Joiners belong to the writing of Persian, of Indian languages and of emoji. */
const joiners = /[\u200c\u200d]/g

/** What is wrong with a file's name, or null. */
export function filenameProblem(name: string): string | null {
  if (/[/\\]/.test(name)) return 'must be a name, not a path'
  if (invisible.test(name.replace(joiners, ''))) return 'must not contain characters that nobody sees'
  if (/^\.|[. ]$/.test(name)) return 'must not begin with a dot or end with a dot or a space'
  return null
}

/** RFC 6266 with RFC 8187: the name in every script, and one in ASCII for what is older. */
export function contentDisposition(kind: 'inline' | 'attachment', filename: string): string {
  const plain = filename
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^ -~]|["\\%]/gu, '_')
  const encoded = encodeURIComponent(filename).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`
}

export type Range = { offset: number; length: number }

/**
 * The one range that a Range header asks for (RFC 9110, 14.2). Null for the whole file, which is also the answer to
 * several ranges and to what is no range; `unsatisfiable` where the file has none of it.
 */
export function rangeOf(header: string | undefined, size: number): Range | null | 'unsatisfiable' {
  const found = /^bytes=[ \t]*(?<first>\d*)-(?<last>\d*)[ \t]*$/i.exec(header ?? '')?.groups
  if (!found || (found.first === '' && found.last === '')) return null
  if (found.first === '') {
    const length = Math.min(Number(found.last), size)
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length }
  }
  const offset = Number(found.first)
  const last = found.last === '' ? size - 1 : Number(found.last)
  if (last < offset && found.last !== '') return null
  return offset >= size ? 'unsatisfiable' : { offset, length: Math.min(last, size - 1) - offset + 1 }
}

const opaque = (tag: string) => tag.trim().replace(/^W\//, '')

/** Whether the caller has this version already (RFC 9110, 13.1.2): a weak comparison. */
export function hasAlready(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => opaque(tag) === etag)
}

/** Whether a range still is of the version that the caller has the rest of (13.1.5): a strong comparison, no dates. */
export const isSameVersion = (ifRange: string | undefined, etag: string) =>
  ifRange === undefined || ifRange.trim() === etag

const iso = (at: number) => new Date(at).toISOString()

/** An upload as its owner sees it. */
export const toUpload = (row: UploadRow) => ({
  id: row.id,
  purpose: row.purpose,
  filename: row.filename,
  contentType: row.contentType,
  size: row.size,
  alt: row.alt,
  state: row.state,
  reason: row.refusal,
  sha256: row.sha256,
  width: row.width,
  height: row.height,
  used: row.usedKind !== null,
  createdAt: iso(row.createdAt),
  uploadedAt: row.uploadedAt === null ? null : iso(row.uploadedAt),
})
