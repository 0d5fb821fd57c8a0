import { zValidator } from '@hono/zod-validator'
import { resolver, uniqueSymbol } from 'hono-openapi'
import type * as z from 'zod'
import { requestErrors } from './errors'

type Target = 'json' | 'query' | 'param' | 'header'

const where: Record<Target, string> = { json: 'body', query: 'query', param: 'path', header: 'header' }

/**
 * Checks one part of a request against a schema, in our error form, and puts the same schema into the API document.
 * @throws request.invalid
 */
export function validate<T extends Target, S extends z.ZodType>(target: T, schema: S) {
  const middleware = zValidator(target, schema, (result) => {
    if (result.success) return
    throw requestErrors.invalid({
      errors: result.error.issues.flatMap((issue) => {
        const field = [where[target], ...issue.path.map(String)].join('.')
        if (issue.code === 'unrecognized_keys')
          return issue.keys.map((key) => ({ field: `${field}.${key}`, message: 'is not a known field' }))
        return [{ field, message: issue.message }]
      }),
    })
  })
  return Object.defineProperty(middleware, uniqueSymbol, { get: () => ({ target, ...resolver(schema) }) })
}
