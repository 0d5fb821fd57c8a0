import { exports } from 'cloudflare:workers'
import { type Person, type Reply, replyOf } from '../support/people'

export const utf8 = (text: string) => new TextEncoder().encode(text)

export function bytesOf(...parts: (string | number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const arrays = parts.map((part) => (typeof part === 'string' ? utf8(part) : Uint8Array.from(part)))
  const whole = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const array of arrays) {
    whole.set(array, at)
    at += array.length
  }
  return whole
}

export const pdf = (text = 'hello') => bytesOf('%PDF-1.7\n', text, '\n%%EOF\n')

interface Announced {
  filename?: string
  contentType?: string
  size?: number
  purpose?: string
  alt?: string
}

export const announce = (person: Person, bytes: Uint8Array, about: Announced = {}): Promise<Reply> =>
  person.call('POST', '/uploads', {
    filename: 'notes.pdf',
    contentType: 'application/pdf',
    size: bytes.length,
    purpose: 'attachment',
    ...about,
  })

/** Sends bytes to an address as a browser would. @param headers instead of the right ones; null leaves one out */
export async function send(
  url: string,
  bytes: Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string | null>,
): Promise<Reply> {
  const given = Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== null)
  const init = { method: 'PUT', headers: Object.fromEntries(given), body: bytes }
  return replyOf(await exports.default.fetch(new Request(url, init)))
}

/** Announces and sends a file. @returns the reply to the sending */
export async function upload(
  person: Person,
  bytes: Uint8Array<ArrayBuffer> = pdf(),
  about: Announced = {},
): Promise<Reply> {
  const { status, body } = await announce(person, bytes, about)
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
  return send(body.uploadUrl, bytes, { ...body.headers, 'Content-Length': String(bytes.length) })
}

/** Where a file is, for somebody who may read it. */
export async function linkTo(person: Person, uploadId: string, query = ''): Promise<string> {
  const { status, body } = await person.call('GET', `/uploads/${uploadId}/content${query}`)
  if (status !== 302) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body.url
}

export const fetchFile = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  exports.default.fetch(new Request(url, { method, headers }))

/** A body whose length nobody knows beforehand. */
export const inChunks = (bytes: Uint8Array, chunkBytes = bytes.length) =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += chunkBytes) controller.enqueue(bytes.slice(at, at + chunkBytes))
      controller.close()
    },
  })
