import * as z from 'zod'
import packageJson from '../../package.json'
import { serverEvents } from '../../src/channels/live/event-schemas'
import { clientFrames } from '../../src/channels/live/frame-schemas'
import { closeCodes, heartbeatSeconds, subprotocol } from '../../src/channels/live/protocol'
import { inboxEvents, inboxFrames } from '../../src/inbox/live/socket-schemas'

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

/**
 * Without the bounds of a double, which tell a reader nothing; an empty tuple is no schema, an array of at most none is.
 * What the API document names is written out: its references would lead nowhere here.
 */
function schemaOf(schema: z.ZodType): SocketSchema {
  const { $schema: _, definitions, ...plain } = z.toJSONSchema(schema, { target: 'draft-7' })
  const shared = (definitions ?? {}) as Named<object>
  const tidy = (part: unknown): SocketSchema =>
    JSON.parse(JSON.stringify(part), (key, value) => {
      const named = typeof value?.$ref === 'string' ? shared[value.$ref.replace('#/definitions/', '')] : undefined
      if (named) return tidy({ ...named, id: undefined })
      if (Array.isArray(value?.items) && value.items.length === 0) return { ...value, items: undefined, maxItems: 0 }
      const noise = key === 'minimum' ? Number.MIN_SAFE_INTEGER : key === 'maximum' ? Number.MAX_SAFE_INTEGER : null
      return noise !== null && value === noise ? undefined : value
    })
  return tidy(plain)
}

interface SocketSchemas {
  /** What clients send, by type. */
  frames: Named<SocketSchema>
  /** What they hear. */
  events: Named<SocketSchema>
}

/** What travels on each of the two sockets, as JSON Schema: made from what a test holds against the core. */
export function listSocketSchemas(): { channel: SocketSchemas; inbox: SocketSchemas } {
  return {
    channel: { frames: mapValues(clientFrames, schemaOf), events: mapValues(serverEvents, schemaOf) },
    inbox: { frames: mapValues(inboxFrames, schemaOf), events: mapValues(inboxEvents, schemaOf) },
  }
}

/** The parts of the document that one socket makes. @param prefix keeps the names of the two apart */
function partsOf({ frames, events }: SocketSchemas, name: string, prefix: string) {
  const channel = ref(`channels/${name}`)
  const types = Object.keys(frames)
  return {
    messageRefs: {
      ...mapValues(frames, (_, type) => ref(`components/messages/${prefix}${type}`)),
      events: ref(`components/messages/${prefix}events`),
    },
    hears: { channel, messages: types.map((type) => ref(`channels/${name}/messages/${type}`)) },
    tells: { channel, messages: [ref(`channels/${name}/messages/events`)] },
    messages: {
      ...Object.fromEntries(
        Object.entries(frames).map(([type, { description }]) => [
          `${prefix}${type}`,
          { name: type, summary: description, payload: ref(`components/schemas/${prefix}${type}`) },
        ]),
      ),
      [`${prefix}events`]: {
        name: 'events',
        summary: 'One or more events, in order.',
        payload: {
          type: 'array',
          minItems: 1,
          items: { oneOf: Object.keys(events).map((type) => ref(`components/schemas/${prefix}event.${type}`)) },
        },
      },
    },
    schemas: {
      ...Object.fromEntries(Object.entries(frames).map(([type, schema]) => [`${prefix}${type}`, schema])),
      ...Object.fromEntries(Object.entries(events).map(([type, schema]) => [`${prefix}event.${type}`, schema])),
    },
  }
}

/** The AsyncAPI 3.0 document of the sockets. Which server they are on is added where the document is asked for. */
export function makeSocketDocument() {
  const known = listSocketSchemas()
  const channel = partsOf(known.channel, 'channel', '')
  const inbox = partsOf(known.inbox, 'inbox', 'inbox.')
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Studyhall, live',
      version: packageJson.version,
      description: `Two WebSockets: that of a channel (a room, a group or a direct conversation), and that of one's own inbox. Get a ticket at \`POST /api/v1/ws/tickets\`, then open the socket with the subprotocols \`${subprotocol}\` and \`ticket.<ticket>\`; programs may send \`Authorization: Bearer\` instead. A client sends one object in each frame; the server answers with arrays of events, in order. Send the plain text \`ping\` every ${heartbeatSeconds} seconds. All the rules are at /docs/live-room.`,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: {
      channel: {
        address: '/ws/channels/{id}',
        title: 'A channel',
        description: 'The id is that of the room, group or conversation. `/ws/rooms/{id}` is the same.',
        parameters: { id: { description: 'Like room_01h455vb4pex5vsknk084sn02q.' } },
        messages: channel.messageRefs,
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
      inbox: {
        address: '/ws/inbox',
        title: 'The inbox',
        description: 'What reaches one person, wherever it happens: on every device, and never replayed.',
        messages: inbox.messageRefs,
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      hear: { action: 'receive', summary: 'What a client may send to a channel.', ...channel.hears },
      tell: { action: 'send', summary: 'What a channel says.', ...channel.tells },
      hearFromOwner: { action: 'receive', summary: 'What a client may send to its inbox.', ...inbox.hears },
      tellOwner: { action: 'send', summary: 'What an inbox says.', ...inbox.tells },
    },
    components: {
      messages: { ...channel.messages, ...inbox.messages },
      schemas: { ...channel.schemas, ...inbox.schemas },
    },
    'x-close-codes': closeCodes,
  }
}
