import type { ChannelCommand, Visitor } from '../src/channels/live/contract'
import type { Tickets } from '../src/channels/live/housekeeping'
import type { FrameFlaw } from '../src/channels/live/model'
import type { Parsed } from '../src/channels/live/parse-frame'
import { subprotocol } from '../src/channels/live/protocol'
import { newId } from '../src/shared/ids'

/** How sockets and their frames come into an object, be it a room or an inbox. */

/** Who may come in with the ticket, which is used up; null for nobody (L2, L3). */
export function redeemTicket(tickets: Tickets, hash: string, request: Request, now: number): Visitor | null {
  const visitor = tickets.redeem(hash, now)
  if (!visitor || visitor.sessionEndsAt <= now) return null
  // Browsers always send an Origin; what the Worker let through is an allowed one.
  const noBrowser = request.headers.get('Origin') === null
  return noBrowser && visitor.transport === 'cookie' ? null : visitor
}

/** Answers an upgrade with a socket that `open` accepts. */
export function upgradeWith(request: Request, open: (server: WebSocket) => void): Response {
  const { 0: client, 1: server } = new WebSocketPair()
  open(server)
  const offered = request.headers.get('Sec-WebSocket-Protocol')?.split(',') ?? []
  const speaksOurs = offered.some((name) => name.trim() === subprotocol)
  const headers = speaksOurs ? { 'Sec-WebSocket-Protocol': subprotocol } : undefined
  return new Response(null, { status: 101, webSocket: client, headers })
}

/** A frame as it is understood, or what is wrong with it (L6, L9). */
export function readFrame<Frame>(
  data: string | ArrayBuffer,
  maxBytes: number,
  parse: (text: string) => Parsed<Frame>,
): { frame: Frame } | { flaw: FrameFlaw } {
  if (typeof data !== 'string') return { flaw: { kind: 'broken' } }
  if (isLarger(data, maxBytes)) return { flaw: { kind: 'tooLarge' } }
  const parsed = parse(data)
  if (parsed.ok) return parsed
  if (parsed.broken) return { flaw: { kind: 'broken' } }
  const { code, detail, nonce } = parsed
  return { flaw: { kind: 'invalid', code, detail, nonce } }
}

/** What a command makes gets its name before the core, which has no random, decides on it. */
export function idFor({ type }: ChannelCommand): string {
  if (type === 'message.send') return newId('message')
  return type === 'message.delete' ? newId('moderationAction') : ''
}

const encoder = new TextEncoder()

function isLarger(text: string, bytes: number): boolean {
  return text.length > bytes || (3 * text.length > bytes && encoder.encode(text).length > bytes)
}
