import type { Hono } from 'hono'
import { generateSpecs } from 'hono-openapi'
import packageJson from '../../package.json'
import { authErrors } from '../auth/errors'
import { type ErrorMaker, rateErrors, requestErrors, serverErrors } from '../shared/errors'
import { accessCookie } from './cookies'
import type { AppEnv } from './env'
import { problemSchema } from './openapi'

type ApiDocument = Awaited<ReturnType<typeof generateSpecs>>
type Operation = NonNullable<NonNullable<NonNullable<ApiDocument['paths']>[string]>['get']>

const tags = [
  { name: 'Auth', description: 'Accounts, sessions and tokens.' },
  { name: 'Users', description: 'Your own profile and what others may see of theirs.' },
  { name: 'Subjects', description: 'What people study: a list that everybody shares.' },
  { name: 'Friends', description: 'Friends, requests, and whom one wants nothing to do with.' },
  { name: 'Notifications', description: 'What somebody is told, how, and when not.' },
  { name: 'Conversations', description: 'What two people say to each other. Each is a channel, too.' },
  { name: 'Rooms', description: 'Places to study in: who is in, who may come in, who looks after them.' },
  { name: 'Groups', description: 'People who study a subject together: how they find each other and come in.' },
  { name: 'Invitations', description: 'Links and invitations to rooms and groups.' },
  { name: 'Channels', description: 'The conversation side of a room or group: messages, reactions, read marks.' },
  {
    name: 'Live',
    description:
      'Tickets for the WebSocket of a channel; what is said there is told at /docs/sockets, and by what rules at /docs/live-room.',
  },
  { name: 'Study', description: 'The study clock, and what follows from it. Its rules are told at /docs/study.' },
  { name: 'Files', description: 'Sending files, and reading what one may see.' },
  {
    name: 'Materials',
    description: 'Files and links to study with: one’s own, those of rooms, and who else may see or edit them.',
  },
  { name: 'Notes', description: 'What people write: for themselves, with a room, or for everybody.' },
  { name: 'Todos', description: 'What is to be done, in one’s own list and in those that rooms share.' },
  { name: 'Meetups', description: 'When a room or group meets, who comes, and who was there.' },
  { name: 'Calendar', description: 'What is ahead, for calendar programs to subscribe to.' },
  { name: 'Moderation', description: 'Reports, what moderators did to you, and appeals.' },
  { name: 'Admin', description: 'For those who look after a Studyhall: admins.' },
  { name: 'Operations', description: 'For those who run Studyhall, and for tools.' },
]

/** The OpenAPI 3.1 document of every described route, from the schemas that validate. */
export async function makeApiDocument(app: Hono<AppEnv>): Promise<ApiDocument> {
  const document = await generateSpecs(app, {
    documentation: {
      openapi: '3.1.0',
      info: {
        title: 'Studyhall',
        version: packageJson.version,
        description:
          'A study platform. Times are ISO 8601 in UTC. Lists answer `{ data, nextCursor }`. Every error is a problem document (RFC 9457) with a stable `code`, listed at [/docs/errors](/docs/errors).',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          cookie: { type: 'apiKey', in: 'cookie', name: accessCookie },
        },
      },
    },
    excludeStaticFile: false,
    defaultValidationErrorResponse: false,
  })
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    // Health answers whatever happens to the rest, and no middleware can refuse it.
    if (!item || path.startsWith('/api/v1/health')) continue
    if (item.get) addCommonErrors(item.get, false)
    for (const operation of [item.post, item.put, item.patch, item.delete])
      if (operation) addCommonErrors(operation, true)
  }
  return withoutSafeBounds(document)
}

/** The schemas give every whole number the bounds of a double, which tell a reader nothing and make odd examples. */
function withoutSafeBounds(document: ApiDocument): ApiDocument {
  return JSON.parse(JSON.stringify(document), (key, value) => {
    const noise = key === 'minimum' ? Number.MIN_SAFE_INTEGER : key === 'maximum' ? Number.MAX_SAFE_INTEGER : null
    return noise !== null && value === noise ? undefined : value
  })
}

/** Refusals that middleware makes, which no route has to list. */
function addCommonErrors(operation: Operation, unsafe: boolean): void {
  const signedIn = (operation.security ?? []).length > 0
  const errors: ErrorMaker[] = [rateErrors.limited, serverErrors.internal, serverErrors.misconfigured]
  if (signedIn) errors.push(authErrors.required, authErrors.tokenExpired, authErrors.tokenInvalid)
  if (signedIn && unsafe) errors.push(requestErrors.crossSite)
  if (operation.requestBody) errors.push(...Object.values(requestErrors))
  else if ((operation.parameters ?? []).length > 0) errors.push(requestErrors.invalid)
  operation.responses ??= {}
  for (const { definition } of errors) {
    const known = operation.responses[definition.status]
    const listed = known && 'description' in known && known.description ? known.description.split(', ') : []
    const code = `\`${definition.code}\``
    operation.responses[definition.status] = {
      description: listed.includes(code) ? listed.join(', ') : [...listed, code].join(', '),
      content: { 'application/problem+json': { schema: { $ref: `#/components/schemas/${problemName}` } } },
    }
  }
}

const problemName = problemSchema.meta()?.id ?? 'Problem'
