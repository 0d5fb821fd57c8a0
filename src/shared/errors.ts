export interface FieldError {
  /** Where in the input: `body.name`, `query.limit`, `path.id`. */
  field: string
  message: string
}

export interface ErrorDefinition {
  /** Stable and public: `domain.reason`. */
  code: string
  status: 400 | 401 | 403 | 404 | 405 | 409 | 411 | 412 | 413 | 415 | 416 | 422 | 426 | 428 | 429 | 500 | 503
  /** One short sentence that never changes with the request. */
  title: string
  /** What somebody who meets the error should do; shown at /docs/errors. */
  help?: string
}

export interface ErrorDetails {
  detail?: string
  errors?: FieldError[]
  headers?: Record<string, string>
  /** Extra members of the problem document, such as the current version after a conflict. */
  extra?: Record<string, unknown>
}

export class AppError extends Error {
  override readonly name = 'AppError'
  constructor(
    readonly definition: ErrorDefinition,
    readonly details: ErrorDetails = {},
  ) {
    super(details.detail ?? definition.title)
  }
  get code() {
    return this.definition.code
  }
  get status() {
    return this.definition.status
  }
}

export interface ErrorMaker {
  (details?: ErrorDetails | string): AppError
  readonly definition: ErrorDefinition
}

const catalogue = new Map<string, ErrorDefinition>()

/** Adds an error to the catalogue that /docs/errors shows, and returns what makes one: `throw roomErrors.full()`. */
export function defineError(definition: ErrorDefinition): ErrorMaker {
  if (catalogue.has(definition.code)) throw new Error(`The error code ${definition.code} is defined twice.`)
  catalogue.set(definition.code, definition)
  const make = (details: ErrorDetails | string = {}) =>
    new AppError(definition, typeof details === 'string' ? { detail: details } : details)
  return Object.assign(make, { definition })
}

/** Every defined error, by code, in alphabetical order. */
export function listErrors(): ErrorDefinition[] {
  return [...catalogue.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
}

/** The definition behind a code that crossed an RPC boundary, where only plain data travels. */
export function findError(code: string): ErrorDefinition | null {
  return catalogue.get(code) ?? null
}

export const requestErrors = {
  malformedJson: defineError({ code: 'request.malformed_json', status: 400, title: 'The body is not valid JSON.' }),
  invalid: defineError({
    code: 'request.invalid',
    status: 422,
    title: 'Some of what was sent is not valid.',
    help: 'The member `errors` names each field and what is wrong with it. Unknown fields are refused.',
  }),
  tooLarge: defineError({
    code: 'request.too_large',
    status: 413,
    title: 'The body is larger than this route accepts.',
  }),
  tooDeep: defineError({
    code: 'request.too_deep',
    status: 422,
    title: 'The body is nested more than 32 levels deep.',
  }),
  unsupportedType: defineError({
    code: 'request.unsupported_type',
    status: 415,
    title: 'The body must be sent as application/json.',
  }),
  crossSite: defineError({
    code: 'request.cross_site',
    status: 403,
    title: 'A request that uses cookies must come from an allowed origin.',
    help: 'Send it from the page that Studyhall serves, or from an origin listed in ALLOWED_ORIGINS; programs use bearer tokens.',
  }),
}

export const pageErrors = {
  badCursor: defineError({
    code: 'page.bad_cursor',
    status: 400,
    title: 'The cursor does not belong to this list.',
    help: 'Use nextCursor exactly as it was returned, with the same filters and the same account.',
  }),
}

export const rateErrors = {
  limited: defineError({
    code: 'rate.limited',
    status: 429,
    title: 'Too many requests.',
    help: 'Wait for the number of seconds in Retry-After.',
  }),
}

export const routeErrors = {
  notFound: defineError({ code: 'route.not_found', status: 404, title: 'There is nothing at this address.' }),
  methodNotAllowed: defineError({
    code: 'route.method_not_allowed',
    status: 405,
    title: 'This address does not answer to that method.',
    help: 'The Allow header lists the methods it answers to.',
  }),
}

export const serverErrors = {
  internal: defineError({
    code: 'internal.error',
    status: 500,
    title: 'Something went wrong on our side.',
    help: 'Try again; if it stays, send the requestId to whoever runs this Studyhall.',
  }),
  misconfigured: defineError({
    code: 'server.misconfigured',
    status: 503,
    title: 'This Studyhall is not set up completely.',
    help: 'Whoever runs it finds the name of the missing setting in the log.',
  }),
  unavailable: defineError({
    code: 'server.unavailable',
    status: 503,
    title: 'A part of Studyhall did not answer in time.',
    help: 'Try again in a few seconds. A POST with a nonce or an Idempotency-Key may be repeated safely.',
  }),
}
