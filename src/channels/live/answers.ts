import type { Effect, RoomState, Step } from './model'
import type { RefusalCode } from './protocol'

/** What a command is answered. Pure. */

export function refuse(
  state: RoomState,
  code: RefusalCode,
  more?: { detail: string; retryAfterSeconds?: number },
): Step {
  return { state, effects: [{ do: 'answer', answer: { ok: false, code, ...more } }] }
}

interface Result {
  messageId?: string
  seq?: number
  repeated?: boolean
}

export function done(state: RoomState, effects: Effect[], { messageId, seq, repeated = false }: Result): Step {
  effects.push({ do: 'answer', answer: { ok: true, messageId, seq, repeated } })
  return { state, effects }
}

interface Sender {
  userId: string
  nonce: string | null
}

export function rememberNonce(
  effects: Effect[],
  { userId, nonce }: Sender,
  messageId: string | null,
  seq: number | null,
): void {
  if (nonce !== null) effects.push({ do: 'save', write: { table: 'nonces', userId, nonce, made: { messageId, seq } } })
}
