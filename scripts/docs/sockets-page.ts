import { html } from 'hono/html'
import { docsPage } from '../../src/app/docs-page'
import { listSocketSchemas, type SocketSchema } from './socket-document.ts'

/** What somebody who writes a client has to put there, in few words. */
function wordsOf(schema: SocketSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' or ')
  if (schema.anyOf) return schema.anyOf.map(wordsOf).join(' or ')
  const { items, properties } = schema
  if (schema.type === 'array') return items ? `array of ${wordsOf(items)}` : 'empty array'
  if (properties) {
    const fields = Object.keys(properties).map((name) => (schema.required?.includes(name) ? name : `${name}?`))
    return `{ ${fields.join(', ')} }`
  }
  return typeof schema.type === 'string' ? schema.type : 'anything'
}

const fieldsOf = (schema: SocketSchema) => html`<table>
${Object.entries(schema.properties ?? {})
  .filter(([name]) => name !== 'type')
  .map(
    ([name, field]) => html`<tr>
<td><code>${name}${schema.required?.includes(name) ? '' : '?'}</code></td>
<td><code>${wordsOf(field)}</code></td>
<td>${field.description ?? ''}</td>
</tr>
`,
  )}</table>`

const list = (kind: string, schemas: Record<string, SocketSchema>) => html`<dl>
${Object.entries(schemas).map(
  ([type, schema]) => html`<div class="error" id="${kind}-${type}">
<dt><a href="#${kind}-${type}"><code>${type}</code></a></dt>
<dd>${schema.description ?? ''}
${(schema.anyOf ?? [schema]).map(fieldsOf)}</dd>
</div>
`,
)}</dl>`

/** Every frame and every event of the two sockets, from the schemas of the AsyncAPI document. */
export function socketsPage() {
  const { channel, inbox } = listSocketSchemas()
  return docsPage(
    'Sockets',
    html`<h1>What travels on a socket</h1>
<p>A client sends one JSON object in each frame. The server sends arrays of events, in order. How a socket is opened, kept
and resumed, and what is promised about order and loss, is told <a href="/docs/live-room">rule by rule</a>. A question
mark means that a field may be absent.</p>
<h2>To a channel</h2>
${list('frame', channel.frames)}
<h2>From a channel</h2>
${list('event', channel.events)}
<h2>To the inbox</h2>
${list('inbox-frame', inbox.frames)}
<h2>From the inbox</h2>
${list('inbox-event', inbox.events)}`,
    html` · <a href="/docs/live-room">The rules</a> ·
<a href="/api/v1/asyncapi.json">asyncapi.json</a>`,
  )
}
