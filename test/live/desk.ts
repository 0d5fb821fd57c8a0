import { Connection } from '../../durable-objects/connection'
import { Sockets } from '../../durable-objects/sockets'
import type { ServerEvent } from '../../src/channels/live/protocol'
import { limits } from './support'

export class Paper {
  readonly frames: { type: string; n?: number }[][] = []
  closedWith: number | null = null
  onFrame: (() => void) | null = null
  send(frame: string): void {
    this.frames.push(JSON.parse(frame))
    this.onFrame?.()
  }
  close(code: number): void {
    this.closedWith = code
  }
  serializeAttachment(): void {}
  get heard() {
    return this.frames.flat().map(({ type, n }) => n ?? type)
  }
}

export const noted = (n: number) => ({ type: 'noted', n }) as unknown as ServerEvent

/** An object's sockets that only write down what they are sent. */
export function desk(replay: (after: number) => { seq: number; event: ServerEvent }[] = () => []) {
  const ctx = { getWebSockets: () => [], acceptWebSocket() {} } as unknown as DurableObjectState
  const lagging: string[] = []
  const sockets = new Sockets(
    ctx,
    limits,
    replay,
    () => noted(-1),
    ({ userId }) => lagging.push(userId),
  )
  const enter = (userId: string, since: number | null = null) => {
    const paper = new Paper()
    const who = { socketId: `socket of ${userId}`, userId, sessionId: userId, sessionEndsAt: 1e15, openedAt: 0 }
    const attachment = { ...who, transport: 'bearer', resuming: false, status: null } as const
    const ready = { type: 'ready', seq: 0 } as unknown as ServerEvent & { seq: number }
    const connection = new Connection(paper as unknown as WebSocket, attachment)
    sockets.admit(connection, ready, since, since === null ? 'live' : 'replay')
    return paper
  }
  return { sockets, enter, lagging }
}
