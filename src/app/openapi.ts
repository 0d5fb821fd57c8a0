import { createMiddleware } from 'hono/factory'
import { describeRoute, type ResponsesWithResolver, resolver, uniqueSymbol } from 'hono-openapi'
import * as z from 'zod'
import { authErrors } from '../auth/errors'
import { type ErrorMaker, rateErrors, requestErrors } from '../shared/errors'

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' })

interface Documentation {
  /** One short imperative sentence. */
  summary: string
  description?: string
  tag: string
  /** Reply schemas by status; null for a reply without a body. 503 only where it is no problem document. */
  replies: Partial<Record<200 | 201 | 202 | 204 | 206 | 101 | 302 | 304 | 503, z.ZodType | null>>
  errors?: ErrorMaker[]
  /** True for the few routes that need no session. */
  open?: boolean
}

/** What any route behind `signedIn` may answer. */
const guardErrors = [
  authErrors.required,
  authErrors.tokenExpired,
  authErrors.tokenInvalid,
  requestErrors.crossSite,
  rateErrors.limited,
]

/** Puts a route into the API document. Inputs come from `validate`; here are the replies and the errors. */
export function describe(documentation: Documentation) {
  const middleware = createMiddleware((_, next) => next())
  // Made when somebody asks for the document: those of all routes take a part of every start, and of every collection.
  return Object.defineProperty(middleware, uniqueSymbol, {
    get: () => Reflect.get(routeOf(documentation), uniqueSymbol),
  })
}

function routeOf(documentation: Documentation) {
  const responses: ResponsesWithResolver = {}
  for (const [status, schema] of Object.entries(documentation.replies)) {
    responses[status] = schema
      ? { description: 'As asked.', content: { 'application/json': { schema: resolver(schema) } } }
      : { description: 'Done; no body.' }
  }
  const byStatus = new Map<number, string[]>()
  const fromGuard = documentation.open ? [rateErrors.limited] : guardErrors
  for (const { definition } of new Set([...fromGuard, ...(documentation.errors ?? [])]))
    byStatus.set(definition.status, [...(byStatus.get(definition.status) ?? []), definition.code])
  for (const [status, codes] of byStatus)
    responses[status] = {
      description: codes.map((code) => `\`${code}\``).join(', '),
      content: { 'application/problem+json': { schema: resolver(problemSchema) } },
    }
  return describeRoute({
    summary: documentation.summary,
    description: documentation.description,
    tags: [documentation.tag],
    security: documentation.open ? [] : [{ bearer: [] }, { cookie: [] }],
    responses,
  })
}
