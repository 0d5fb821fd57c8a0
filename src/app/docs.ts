import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import * as z from 'zod'
import { type ErrorDefinition, listErrors, routeErrors } from '../shared/errors'
import { makeApiDocument } from './api-document'
import { docsPage } from './docs-page'
import type { AppEnv } from './env'
import { describe } from './openapi'

/** Everything the pages need comes from our own origin; no script or style is written into them. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

let makeDocumented: (() => Hono<AppEnv>) | null = null
let document: ReturnType<typeof makeApiDocument> | null = null

/** Says which app the document is about; it cannot be imported here, because it mounts this file. */
export function documentApi(makeApp: () => Hono<AppEnv>): void {
  makeDocumented = makeApp
}

export const openapiRoutes = () =>
  new Hono<AppEnv>().get(
    '/',
    describe({
      summary: 'This document',
      description: 'OpenAPI 3.1, made from the schemas that validate.',
      tag: 'Operations',
      open: true,
      replies: { 200: z.record(z.string(), z.unknown()) },
    }),
    async (c) => {
      if (!makeDocumented) throw routeErrors.notFound()
      document ??= makeApiDocument(makeDocumented())
      return c.body(JSON.stringify(await document), 200, {
        'Content-Type': 'application/json',
        'Cache-Control': 'public, max-age=60',
      })
    },
  )

export const asyncapiRoutes = () =>
  new Hono<AppEnv>().get(
    '/',
    describe({
      summary: 'What travels on sockets',
      description: 'AsyncAPI 3.0; for people at /docs/sockets.',
      tag: 'Operations',
      open: true,
      replies: { 200: z.record(z.string(), z.unknown()) },
    }),
    async (c) => {
      const made = await c.env.ASSETS.fetch(new URL('/docs/vendor/asyncapi.json', c.req.url))
      if (!made.ok) throw routeErrors.notFound()
      const { host, protocol } = new URL(c.req.url)
      const servers = { studyhall: { host, protocol: protocol === 'https:' ? 'wss' : 'ws' } }
      return c.body(JSON.stringify({ ...(await made.json<object>()), servers }), 200, {
        'Content-Type': 'application/json',
        'Cache-Control': 'public, max-age=60',
      })
    },
  )

export const docsRoutes = () =>
  new Hono<AppEnv>()
    .get('/', (c) => asset(c, '/'))
    .get('/favicon.svg', (c) => asset(c, '/favicon.svg'))
    .get('/docs', (c) => asset(c, '/docs'))
    .get('/docs/live-room', (c) => asset(c, '/docs/vendor/live-room'))
    .get('/docs/study', (c) => asset(c, '/docs/vendor/study'))
    .get('/docs/errors', (c) => {
      c.header('Content-Security-Policy', pagePolicy)
      c.header('Cache-Control', 'public, max-age=60')
      return c.html(errorsPage(listErrors()))
    })
    .get('/docs/sockets', (c) => asset(c, '/docs/vendor/sockets'))
    .get('/docs/privacy', (c) => asset(c, '/docs/vendor/privacy'))
    .get('/docs/*', (c) => asset(c, c.req.path))
    .get('/account/*', (c) => asset(c, c.req.path))

async function asset(c: Context<AppEnv>, path: string): Promise<Response> {
  const found = await c.env.ASSETS.fetch(new Request(new URL(path, c.req.url), { headers: c.req.raw.headers }))
  if (found.status === 404) throw routeErrors.notFound()
  const reply = new Response(found.body, found)
  reply.headers.set('Content-Security-Policy', pagePolicy)
  return reply
}

function errorsPage(errors: ErrorDefinition[]) {
  return docsPage(
    'Errors',
    html`<h1>Errors</h1>
<p>Every refusal is a problem document (<a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>) of the type
<code>application/problem+json</code>. Its <code>code</code> is one of these and stays what it is; its <code>detail</code>
is for people and may change.</p>
<dl>
${errors.map(
  ({ code, status, title, help }) => html`<div class="error" id="${code}">
<dt><a href="#${code}"><code>${code}</code></a> <span class="status">${status}</span></dt>
<dd>${title}${help ? html`<p class="help">${help}</p>` : ''}</dd>
</div>
`,
)}</dl>`,
  )
}
