import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import comingFrom from '../docs/coming-from.md?raw'
import { makeApp } from '../src/app/api'
import worker from '../src/index'
import { listErrors } from '../src/shared/errors'

const origin = 'https://studyhall.test'
const call = (path: string, init?: RequestInit) => exports.default.fetch(`${origin}${path}`, init)

/** The routes that need no session, as the contract lists them. A route that is not here answers 401 without one. */
const open = new Set([
  'POST /api/v1/auth/register',
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/refresh',
  'POST /api/v1/auth/logout',
  'POST /api/v1/auth/logout-all',
  'POST /api/v1/auth/email/verify',
  'POST /api/v1/auth/email/resend',
  'POST /api/v1/auth/email/disown',
  'POST /api/v1/auth/password/forgot',
  'POST /api/v1/auth/password/reset',
  'POST /api/v1/auth/phone/send-otp',
  'POST /api/v1/auth/phone/verify',
  'POST /api/v1/auth/mfa/verify',
  'POST /api/v1/auth/passkeys/sign-in/options',
  'POST /api/v1/auth/passkeys/sign-in/verify',
  'GET /api/v1/auth/oauth',
  'GET /api/v1/auth/oauth/:provider/start',
  'GET /api/v1/auth/oauth/:provider/callback',
  'GET /api/v1/invite-links/:code',
  'GET /api/v1/exports/:token',
  'GET /api/v1/calendar/:file',
  'POST /api/v1/notifications/unsubscribe',
  'POST /api/v1/notifications/bounces',
  'PUT /api/v1/files/:token',
  'GET /api/v1/files/:token',
  'GET /api/v1/avatars/:key',
  'GET /api/v1/logos/:key',
  'GET /api/v1/health',
  'GET /api/v1/health/ready',
  'GET /api/v1/openapi.json',
  'GET /api/v1/asyncapi.json',
])

interface Route {
  method: string
  path: string
}

/** Every address the app answers to; what middleware registers is not one. */
const routes: Route[] = [
  ...new Map(
    makeApp()
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => [
        `${method} ${path.replace(/(.)\/$/, '$1')}`,
        { method, path: path.replace(/(.)\/$/, '$1') },
      ]),
  ).values(),
]
const apiRoutes = routes.filter(({ path }) => path.startsWith('/api/v1/'))
const nameOf = ({ method, path }: Route) => `${method} ${path}`
const firstPart = (path: string) => path.split('/')[3] ?? ''

/** A path with something plausible for each parameter. */
const filled = (path: string) =>
  path
    .replace(/:userId/, 'usr_01h455vb4pex5vsknk084sn02q')
    .replace(/:messageId/, 'msg_01h455vb4pex5vsknk084sn02q')
    .replace(/:[a-zA-Z]+/g, 'room_01h455vb4pex5vsknk084sn02q')
    .replace(/\*$/, 'pages.css')

interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail: string
  requestId: string
}

async function expectProblem(reply: Response, status: number, code: string): Promise<Problem> {
  const text = await reply.text()
  expect(`${reply.status} ${text}`).toMatch(new RegExp(`^${status} .*"code":"${code.replaceAll('.', '\\.')}"`))
  expect(reply.headers.get('Content-Type')).toBe('application/problem+json')
  expectHeaders(reply)
  const problem = JSON.parse(text) as Problem
  const known = listErrors().find((one) => one.code === problem.code)
  expect(problem).toMatchObject({ type: `/docs/errors#${code}`, title: known?.title, status })
  expect(problem.requestId).toBe(reply.headers.get('X-Request-Id'))
  return problem
}

function expectHeaders(reply: Response): void {
  const headers = Object.fromEntries(reply.headers)
  expect(headers).toMatchObject({
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'x-request-id': expect.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
  })
  expect(headers['content-security-policy']).toContain("default-src 'none'")
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['cache-control']).toBeTruthy()
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('the walk sees the routes', () => {
  expect(apiRoutes.length).toBeGreaterThan(3)
  expect(apiRoutes.map(nameOf)).toContain('GET /api/v1/health/ready')
})

test.each(apiRoutes.filter((route) => !open.has(nameOf(route))).map((route) => [nameOf(route), route] as const))(
  '%s answers 401 without a session',
  async (_name, { method, path }) => {
    await expectProblem(await call(filled(path), { method }), 401, 'auth.required')
  },
)

test('a token that is none opens nothing', async () => {
  for (const { method, path } of apiRoutes.filter((route) => !open.has(nameOf(route)))) {
    const reply = await call(filled(path), { method, headers: { Authorization: 'Bearer not.a.token' } })
    await expectProblem(reply, 401, 'auth.token_invalid')
  }
})

interface Operation {
  summary?: string
  tags?: string[]
  security?: object[]
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>
}

const readDocument = async () =>
  (await (await call('/api/v1/openapi.json')).json()) as {
    openapi: string
    tags: { name: string }[]
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, object> }
  }

test('every route is in the API document, with summary, tag, replies and error codes', async () => {
  const document = await readDocument()
  expect(document.openapi).toMatch(/^3\.1\./)
  const tags = new Set(document.tags.map(({ name }) => name))
  const codes = new Set(listErrors().map(({ code }) => code))
  const problems: string[] = []
  for (const route of apiRoutes) {
    const operation = document.paths[route.path.replace(/:([a-zA-Z]+)/g, '{$1}')]?.[route.method.toLowerCase()]
    const complain = (what: string) => problems.push(`${nameOf(route)}: ${what}`)
    if (!operation) {
      complain('is not in the document; describe() it')
      continue
    }
    if (!operation.summary) complain('has no summary')
    if (operation.tags?.length !== 1 || !tags.has(operation.tags[0] as string))
      complain(`has the tag ${operation.tags}`)
    if (open.has(nameOf(route)) !== ((operation.security ?? []).length === 0))
      complain('says wrongly whether it is open')
    const statuses = Object.keys(operation.responses ?? {}).map(Number)
    if (!statuses.some((status) => status < 400)) complain('has no reply')
    for (const [status, reply] of Object.entries(operation.responses ?? {})) {
      const content = reply.content?.['application/json'] ?? reply.content?.['application/problem+json']
      if (content && Object.keys(content.schema ?? {}).length === 0) complain(`has an empty schema for ${status}`)
      if (Number(status) < 400) continue
      for (const code of reply.description?.match(/`[^`]+`/g) ?? [])
        if (!codes.has(code.slice(1, -1))) complain(`names the unknown code ${code}`)
      if (!content) complain(`${status} is not a problem document`)
    }
  }
  expect(problems).toEqual([])
})

test('every reference in the API document leads somewhere', async () => {
  const document = await readDocument()
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] as string)
  expect(references).toContain('components/schemas/Problem')
  for (const path of new Set(references)) {
    const target = path
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document)
    expect(target, path).toBeTypeOf('object')
  }
})

test('the contract of codes: each is `domain.reason` and stands on the page of errors', async () => {
  const page = await (await call('/docs/errors')).text()
  for (const { code, title } of listErrors()) {
    expect(code).toMatch(/^[a-z_]+\.[a-z0-9_]+$/)
    expect(title).toMatch(/[.?]$/)
    expect(page).toContain(`id="${code}"`)
  }
})

test('the pages of the docs come from us and may load from nowhere else', async () => {
  for (const path of [
    '/',
    '/favicon.svg',
    '/docs',
    '/docs/errors',
    '/docs/privacy',
    '/docs/sockets',
    '/docs/pages.css',
    '/docs/show.js',
  ]) {
    const reply = await call(path)
    expect(reply.status, path).toBe(200)
    expectHeaders(reply)
    expect(reply.headers.get('Content-Security-Policy')).not.toMatch(/unsafe|https?:|\*/)
    const text = await reply.text()
    expect(text, path).not.toMatch(/(?:src|href)="(?!\/|#|https:\/\/www\.rfc-editor\.org)/)
    expect(text, path).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+="|\sstyle="/)
  }
  await expectProblem(await call('/docs/nowhere.js'), 404, 'route.not_found')
})

test('what is not there is 404, a wrong method 405 with the right ones', async () => {
  await expectProblem(await call('/api/v1/nowhere'), 404, 'route.not_found')
  await expectProblem(await call('/nowhere'), 404, 'route.not_found')
  for (const { path } of apiRoutes) {
    const methods = new Set(apiRoutes.filter((one) => one.path === path).map(({ method }) => method))
    const wrong = ['DELETE', 'PUT', 'PATCH', 'POST'].find((method) => !methods.has(method)) as string
    // Another pattern may answer at the same address: /users/me is also /users/:id.
    if (apiRoutes.some((one) => one.method === wrong && fits(one.path, filled(path)))) continue
    const reply = await call(filled(path), { method: wrong })
    const allowed = reply.headers.get('Allow')?.split(', ') ?? []
    await expectProblem(reply, 405, 'route.method_not_allowed')
    for (const method of methods) expect(allowed, `${wrong} ${path}`).toContain(method)
  }
})

const fits = (pattern: string, path: string) => new RegExp(`^${pattern.replace(/:[a-zA-Z]+/g, '[^/]+')}$`).test(path)

/** The Worker with another environment than the one it was started with. */
async function callWith(changes: object, path: string, method = 'GET'): Promise<Response> {
  const execution = createExecutionContext()
  const reply = await worker.fetch(new Request(`${origin}${path}`, { method }), { ...env, ...changes }, execution)
  await waitOnExecutionContext(execution)
  return reply
}

test.each([
  ['CURSOR_KEY', ''],
  ['REFRESH_KEYS', 'changeme'],
  ['TOKEN_SIGNING_KEYS', undefined],
])('without a real %s every route but health answers 503, and the log names it', async (name, value) => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  for (const route of routes) {
    const reply = await callWith({ [name]: value }, filled(route.path), route.method)
    if (nameOf(route) === 'GET /api/v1/health') expect(reply.status).toBe(200)
    else if (nameOf(route) === 'GET /api/v1/health/ready') {
      expect(reply.status).toBe(503)
      expect(await reply.json()).toMatchObject({ ready: false, dependencies: { settings: { ok: false } } })
    } else await expectProblem(reply, 503, 'server.misconfigured')
  }
  const log = logged.mock.calls.flat().join('\n')
  expect(log).toContain(name)
  expect(log).not.toContain('changeme')
})

test('what we did not foresee is 500 and tells nothing', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  const broken = { fetch: () => Promise.reject(new Error('the disk of rack 7 is full')) }
  const problem = await expectProblem(await callWith({ ASSETS: broken }, '/docs'), 500, 'internal.error')
  expect(JSON.stringify(problem)).not.toMatch(/rack 7|\bat \w|\.ts/)
  expect(logged.mock.calls.flat().join('\n')).toContain('rack 7')
  expect(logged.mock.calls.flat().join('\n')).toContain(problem.requestId)
})

test('a request keeps the id it came with, unless it could not be one', async () => {
  const named = await call('/api/v1/health', { headers: { 'X-Request-Id': 'from-the-client_1' } })
  expect(named.headers.get('X-Request-Id')).toBe('from-the-client_1')
  const bad = await call('/api/v1/health', { headers: { 'X-Request-Id': 'a b"<script>' } })
  expect(bad.headers.get('X-Request-Id')).toMatch(/^req_[0-7][0-9a-z]{25}$/)
})

const post = (body: BodyInit, type = 'application/json', path = '/api/v1/rooms') =>
  call(path, { method: 'POST', body, headers: type ? { 'Content-Type': type } : {} })

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const sized = (bytes: number) => JSON.stringify({ name: 'x'.repeat(bytes - 11) })

test.each<[string, () => Promise<Response>, number, string]>([
  ['broken JSON', () => post('{"name": '), 400, 'request.malformed_json'],
  ['bytes that are not UTF-8', () => post(new Uint8Array([0x22, 0xff, 0x22])), 400, 'request.malformed_json'],
  ['a form', () => post('name=x', 'application/x-www-form-urlencoded'), 415, 'request.unsupported_type'],
  ['text that only looks like JSON', () => post('{}', 'text/plain'), 415, 'request.unsupported_type'],
  ['33 levels', () => post(nested(33)), 422, 'request.too_deep'],
  ['100,000 levels that would fit', () => post(nested(30_000)), 422, 'request.too_deep'],
  ['a __proto__ key', () => post('{"name":"x","__proto__":{"role":"admin"}}'), 422, 'request.invalid'],
  ['a __proto__ key further in', () => post('{"a":[{"__proto__":1}]}'), 422, 'request.invalid'],
  ['half a surrogate pair', () => post('{"name":"\\ud800"}'), 422, 'request.invalid'],
  ['half a pair in a key', () => post('{"\\udc00":1}'), 422, 'request.invalid'],
  ['NUL', () => post('{"name":"a\\u0000b"}'), 422, 'request.invalid'],
  ['64 KiB and one byte', () => post(sized(64 * 1024 + 1)), 413, 'request.too_large'],
  [
    '16 KiB and one byte for auth',
    () => post(sized(16 * 1024 + 1), 'application/json', '/api/v1/auth/login'),
    413,
    'request.too_large',
  ],
])('%s in a body is refused before anything else', async (_what, send, status, code) => {
  await expectProblem(await send(), status, code)
})

test.each([
  ['32 levels', () => post(nested(32))],
  ['64 KiB', () => post(sized(64 * 1024))],
  ['JSON with a charset', () => post('{}', 'application/json; charset=utf-8')],
])('%s in a body go through to the guard', async (_what, send) => {
  await expectProblem(await send(), 401, 'auth.required')
})

test('every address that the page for newcomers names is one', () => {
  const named = [...comingFrom.matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[^`]+)`/g)].map(
    ([, method, path]) => `${method} /api/v1${path}`,
  )
  expect(named.length).toBeGreaterThan(40)
  const shape = (name: string) => name.replace(/:[a-zA-Z]+/g, ':x')
  const known = new Set(apiRoutes.map((route) => shape(nameOf(route))))
  expect(named.filter((name) => !known.has(shape(name)))).toEqual([])
})

test('what is made for the first part of a path is what the whole has under it', () => {
  const parts = [...new Set(apiRoutes.map(({ path }) => firstPart(path)))].filter((part) => part !== 'health')
  expect(parts.length).toBeGreaterThan(25)
  for (const part of parts) {
    const under = (all: Route[]) =>
      all.filter(({ method, path }) => method !== 'ALL' && firstPart(path) === part).map(nameOf)
    const made = makeApp(part).routes
    expect(under(made)).toEqual(under(makeApp().routes))
    const others = made.filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/v1/'))
    expect(others.map(({ path }) => firstPart(path)).filter((one) => one !== part && one !== 'health')).toEqual([])
  }
})

test('a path is found however it is written', async () => {
  for (const path of ['/api/v1/rooms', '/api/v1/%72ooms', '/api/v1/rooms?sort=name']) {
    const reply = await call(path)
    expect([path, reply.status]).toEqual([path, 401])
  }
  for (const path of ['/api/v1', '/api/v1/', '/api/v1/roomsx', '/api/v2/rooms', '/api/v1//rooms', '/api'])
    expect([path, (await call(path)).status]).toEqual([path, 404])
})
