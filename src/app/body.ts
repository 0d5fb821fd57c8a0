import type { HonoRequest } from 'hono'
import { createMiddleware } from 'hono/factory'
import { requestErrors } from '../shared/errors'
import { parseJson } from '../shared/json'
import type { AppEnv } from './env'

export const bodyBytes = 64 * 1024
export const authBodyBytes = 16 * 1024
export const noteBodyBytes = 256 * 1024

/**
 * Reads a JSON body once, under a cap, and leaves it where Hono's validators look for it.
 * @throws request.unsupported_type, request.too_large, request.malformed_json, request.too_deep, request.invalid
 */
export function jsonBody(maxBytes: number) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const { body } = c.req.raw
    if (!body || c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    const text = await readText(body, maxBytes)
    if (text === '' || isOneClick(c.req)) return next()
    const type = c.req.header('Content-Type') ?? ''
    if (!/^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i.test(type)) throw requestErrors.unsupportedType()
    const value = parseJson(text)
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text), json: Promise.resolve(value) })
    return next()
  })
}

async function readText(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) throw requestErrors.tooLarge(`The body may have at most ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await new Blob(chunks).arrayBuffer())
  } catch {
    throw requestErrors.malformedJson('The body is not UTF-8.')
  }
}

/** What mail programs send for the one click of RFC 8058 is a form of one known field, and says nothing. */
function isOneClick(request: HonoRequest): boolean {
  const type = request.header('Content-Type') ?? ''
  const isForm = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i.test(type)
  return isForm && request.path === '/api/v1/notifications/unsubscribe'
}
