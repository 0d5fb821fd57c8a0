import type * as z from 'zod'
import packageJson from '../../package.json'
import { closeCodes, heartbeatSeconds, subprotocol } from '../channels/live/protocol'
import { clientFrames, serverEvents } from '../channels/live/socket-schemas'
import { toJSONSchema } from './zod-json-schema'

interface Field {
  type?: string
  const?: unknown
  description?: string
  [keyword: string]: unknown
}

export interface SocketSchema extends Field {
  properties?: Record<string, SocketSchema>
  required?: string[]
  anyOf?: SocketSchema[]
  items?: SocketSchema
}

type Named<Value> = Record<string, Value>

const ref = (path: string) => ({ $ref: `#/${path}` })
const mapValues = <From, To>(record: Named<From>, change: (value: From, key: string) => To): Named<To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))

let made: ReturnType<typeof listSocketSchemas> | null = null

/** Without the bounds of a double, which tell a reader nothing. */
function schemaOf(schema: z.ZodType): SocketSchema {
  const { $schema: _, ...plain } = toJSONSchema(schema, { target: 'draft-7' })
  return JSON.parse(JSON.stringify(plain), (key, value) => {
    const noise = key === 'minimum' ? Number.MIN_SAFE_INTEGER : key === 'maximum' ? Number.MAX_SAFE_INTEGER : null
    return noise !== null && value === noise ? undefined : value
  })
}

/** What clients send and what they hear, by type, as JSON Schema: made from what a test holds against the core. */
export function listSocketSchemas(): { frames: Named<SocketSchema>; events: Named<SocketSchema> } {
  made ??= { frames: mapValues(clientFrames, schemaOf), events: mapValues(serverEvents, schemaOf) }
  return made
}

/**
 * The AsyncAPI 3.0 document of the sockets.
 * @param origin under which the document was asked for
 */
export function makeSocketDocument(origin: string) {
  const { frames, events } = listSocketSchemas()
  const { host, protocol } = new URL(origin)
  const channel = 'channels/channel'
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Studyhall, live',
      version: packageJson.version,
      description: `The WebSocket of a channel: of a room, a group or a direct conversation. Get a ticket at \`POST /api/v1/ws/tickets\`, then open the socket with the subprotocols \`${subprotocol}\` and \`ticket.<ticket>\`; programs may send \`Authorization: Bearer\` instead. A client sends one object in each frame; the server answers with arrays of events, in order. Send the plain text \`ping\` every ${heartbeatSeconds} seconds. All the rules are at /docs/live-room.`,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: { studyhall: { host, protocol: protocol === 'https:' ? 'wss' : 'ws' } },
    channels: {
      channel: {
        address: '/ws/channels/{id}',
        title: 'A channel',
        description: 'The id is that of the room, group or conversation. `/ws/rooms/{id}` is the same.',
        parameters: { id: { description: 'Like room_01h455vb4pex5vsknk084sn02q.' } },
        messages: {
          ...mapValues(frames, (_, type) => ref(`components/messages/${type}`)),
          events: ref('components/messages/events'),
        },
        bindings: {
          ws: {
            method: 'GET',
            query: {
              type: 'object',
              properties: {
                since: { type: 'integer', minimum: 0, description: 'Everything after this seq is replayed.' },
                state: { const: 'invisible', description: 'Come in unseen.' },
              },
            },
            bindingVersion: '0.1.0',
          },
        },
      },
    },
    operations: {
      hear: {
        action: 'receive',
        summary: 'What a client may send.',
        channel: ref(channel),
        messages: Object.keys(frames).map((type) => ref(`${channel}/messages/${type}`)),
      },
      tell: {
        action: 'send',
        summary: 'What the server says.',
        channel: ref(channel),
        messages: [ref(`${channel}/messages/events`)],
      },
    },
    components: {
      messages: {
        ...mapValues(frames, ({ description }, type) => ({
          name: type,
          summary: description,
          payload: ref(`components/schemas/${type}`),
        })),
        events: {
          name: 'events',
          summary: 'One or more events, in order.',
          payload: {
            type: 'array',
            minItems: 1,
            items: { oneOf: Object.keys(events).map((type) => ref(`components/schemas/event.${type}`)) },
          },
        },
      },
      schemas: {
        ...frames,
        ...Object.fromEntries(Object.entries(events).map(([type, schema]) => [`event.${type}`, schema])),
      },
    },
    'x-close-codes': closeCodes,
  }
}
