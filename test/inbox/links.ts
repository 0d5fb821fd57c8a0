import { env, exports } from 'cloudflare:workers'
import { Link } from '../live/links'
import { origin, type Person } from '../support/people'

export const inboxOf = ({ id }: Pick<Person, 'id'>) => env.USER_INBOX.getByName(id)

/** A socket to the inbox that a ticket names, through the Worker, as a browser would open it. */
export async function openInbox(ticket: string, headers: Record<string, string> = {}): Promise<Link> {
  const response = await exports.default.fetch(`${origin}/ws/inbox`, {
    headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `studyhall.v1, ticket.${ticket}`, ...headers },
  })
  if (!response.webSocket) throw new Error(`no socket: ${response.status} ${await response.text()}`)
  return new Link(response.webSocket, response.headers.get('Sec-WebSocket-Protocol'))
}

export async function inboxTicket(person: Person): Promise<string> {
  const { status, body } = await person.call('POST', '/ws/tickets', { inbox: true })
  if (status !== 201) throw new Error(`no ticket: ${status} ${JSON.stringify(body)}`)
  return body.ticket
}

/** A socket to a person's inbox that is ready. */
export async function connectInbox(person: Person): Promise<Link> {
  const link = await openInbox(await inboxTicket(person))
  await link.until(({ type }) => type === 'ready')
  return link
}

/** A socket to a channel, as a program opens it. */
export async function openChannel(person: Person, id: string): Promise<Link> {
  const response = await exports.default.fetch(`${origin}/ws/channels/${id}`, {
    headers: { Upgrade: 'websocket', Authorization: `Bearer ${person.accessToken}` },
  })
  if (!response.webSocket) throw new Error(`no socket: ${response.status} ${await response.text()}`)
  return new Link(response.webSocket, null)
}
