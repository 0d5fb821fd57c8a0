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

/** A PNG as far as its chunks go; nobody looks at its pixels. @param text goes into a tEXt chunk */
export function pngOf(width: number, height: number, text?: string): Uint8Array<ArrayBuffer> {
  const chunk = (name: string, data: Uint8Array) => {
    const frame = bytesOf([0, 0, 0, 0], name, data, [0, 0, 0, 0])
    new DataView(frame.buffer).setUint32(0, data.length)
    return frame
  }
  const header = new Uint8Array(13)
  new DataView(header.buffer).setUint32(0, width)
  new DataView(header.buffer).setUint32(4, height)
  header.set([8, 2], 8)
  const parts = [chunk('IHDR', header), ...(text === undefined ? [] : [chunk('tEXt', utf8(text))])]
  return bytesOf(
    [0x89],
    'PNG\r\n',
    [0x1a, 10],
    ...parts,
    chunk('IDAT', new Uint8Array(9)),
    chunk('IEND', new Uint8Array()),
  )
}
