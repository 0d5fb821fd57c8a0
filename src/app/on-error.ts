import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { AppError, requestErrors, serverErrors } from '../shared/errors'
import type { AppEnv } from './env'
import { errorFields, makeLog } from './log'

/** Addresses that open something for whoever has them. */
const signedPath = /\/(files|exports|avatars|logos)\/[^/]+/

/** RFC 9457 for every failure there is; what we did not foresee becomes internal.error and tells nothing. */
export function onError(error: Error, c: Context<AppEnv>): Response {
  const known = asAppError(error)
  const requestId = c.get('requestId')
  if (known.status >= 500)
    makeLog({ requestId, method: c.req.method, path: c.req.path.replace(signedPath, '/$1/…') }).error(
      'request.failed',
      errorFields(error),
    )
  const { definition, details } = known
  const document = {
    type: `/docs/errors#${definition.code}`,
    title: definition.title,
    status: definition.status,
    code: definition.code,
    detail: details.detail ?? definition.title,
    requestId,
    ...(details.errors ? { errors: details.errors } : {}),
    ...details.extra,
  }
  return c.body(JSON.stringify(document), definition.status, {
    'Content-Type': 'application/problem+json',
    ...details.headers,
  })
}

function asAppError(error: Error): AppError {
  if (error instanceof AppError) return error
  // Hono's own body parser says 400 when a body is missing where a schema wants one.
  if (error instanceof HTTPException && error.status === 400) return requestErrors.malformedJson()
  return serverErrors.internal()
}
