import type * as z from 'zod'
import { OauthFailure } from './contract'

const timeoutMs = 10_000
const maxBytes = 64 * 1024

/** A small JSON reply of a provider, checked; redirects are not followed. @throws OauthFailure, without what was sent */
export async function askProvider<S extends z.ZodType>(
  url: string,
  init: RequestInit,
  schema: S,
): Promise<z.output<S>> {
  const { response, text } = await load(url, init)
  if (response.status >= 500 || response.status === 429)
    throw new OauthFailure('unavailable', `${new URL(url).hostname} answered ${response.status}`)
  const read = schema.safeParse(parse(text))
  if (!response.ok || !read.success)
    throw new OauthFailure('refused', `${new URL(url).hostname} answered ${response.status}, not what was asked for`)
  return read.data
}

/** The same without a schema, for a library that reads the reply itself. */
export async function fetchFromProvider(url: string, init: RequestInit): Promise<Response> {
  const { response, text } = await load(url, init)
  return new Response(text, { status: response.status, headers: response.headers })
}

async function load(url: string, init: RequestInit) {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    return { response, text: await readText(response) }
  } catch (error) {
    if (error instanceof OauthFailure) throw error
    throw new OauthFailure('unavailable', `${new URL(url).hostname} did not answer`)
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new OauthFailure('refused', 'the reply is too large')
    chunks.push(chunk)
  }
  return new Blob(chunks).text()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
