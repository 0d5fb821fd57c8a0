import type { FileStore } from '../app/context'
import { uploadErrors } from './errors'
import { hasAlready, isSameVersion, rangeOf } from './rules'

export interface OpenFile {
  key: string
  size: number
  etag: string
  contentType: string
  disposition: string
  /** How long others may keep it; five minutes for the one who asked, unless said otherwise. */
  cacheControl?: string
}

interface FileReply {
  status: 200 | 206 | 304
  headers: Record<string, string>
  body: ReadableStream | null
}

/**
 * Answers a request for the bytes of a file (RFC 9110: conditions first, then the range).
 * @throws file.range_not_satisfiable; file.link_invalid when the bytes are gone
 */
export async function sendFile(files: FileStore, file: OpenFile, request: Request): Promise<FileReply> {
  const asked = (name: string) => request.headers.get(name) ?? undefined
  const { size, etag } = file
  const headers: Record<string, string> = {
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'Cache-Control': file.cacheControl ?? 'private, max-age=300',
    'Content-Disposition': file.disposition,
    // Whatever a browser makes of the bytes, it runs nothing of them and belongs to no origin.
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  }
  if (hasAlready(asked('If-None-Match'), etag)) return { status: 304, headers, body: null }
  headers['Content-Type'] = file.contentType
  const isHead = request.method === 'HEAD'
  const range = isHead || !isSameVersion(asked('If-Range'), etag) ? null : rangeOf(asked('Range'), size)
  if (range === 'unsatisfiable')
    throw uploadErrors.rangeNotSatisfiable({ headers: { 'Content-Range': `bytes */${size}` } })
  headers['Content-Length'] = String(range ? range.length : size)
  if (range) headers['Content-Range'] = `bytes ${range.offset}-${range.offset + range.length - 1}/${size}`
  const status = range ? 206 : 200
  if (isHead) return { status, headers, body: null }
  const found = await files.get(file.key, range ? { range } : {})
  if (!found) throw uploadErrors.linkInvalid()
  return { status, headers, body: found.body }
}
