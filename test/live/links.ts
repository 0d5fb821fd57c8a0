import { env, exports } from 'cloudflare:workers'
import type { MemberReplica, Visitor } from '../../src/channels/live/contract'
import { newId } from '../../src/shared/ids'
import type { Person } from '../support/people'
import { channel, member } from './replicas'

export type Heard = { type: string; seq?: number } & Record<string, ReturnType<typeof JSON.parse>>

/** One socket as a client has it: what it heard, frame by frame, and how it ended. */
export class Link {
  readonly frames: Heard[][] = []
  readonly pongs: string[] = []
  closeCode: number | null = null
  private waiting: (() => void)[] = []

  constructor(
    readonly socket: WebSocket,
    readonly protocol: string | null,
  ) {
    socket.addEventListener('message', ({ data }) => {
      if (data === 'pong') this.pongs.push(data)
      else this.frames.push(JSON.parse(String(data)))
      this.wake()
    })
    socket.addEventListener('close', ({ code }) => {
      this.closeCode = code
      this.wake()
    })
    socket.accept()
  }

  get events(): Heard[] {
    return this.frames.flat()
  }

  types(): string[] {
    return this.events.map(({ type }) => type)
  }

  send(frame: object | string | ArrayBuffer): void {
    this.socket.send(typeof frame === 'string' || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame))
  }

  say(text: string, nonce = newId('request')): Promise<Heard> {
    this.send({ type: 'message.send', nonce, text })
    return this.until((event) => event.type === 'ack' && event.nonce === nonce)
  }

  async until(fits: (event: Heard) => boolean): Promise<Heard> {
    return this.waitFor(() => this.events.find(fits))
  }

  async closed(): Promise<number> {
    return this.waitFor(() => this.closeCode ?? undefined)
  }

  /** Waits, awakened by every frame and by the close, until there is something. */
  async waitFor<T>(find: () => T | undefined): Promise<T> {
    const deadline = performance.now() + 5000
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      if (this.closeCode !== null || performance.now() > deadline)
        throw new Error(`closed: ${this.closeCode}, heard: ${JSON.stringify(this.events.slice(-5))}`)
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve)
        setTimeout(resolve, 500)
      })
    }
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}

/** A socket of somebody to a channel, as a browser opens it, once it is ready. */
export async function connect(person: Person, channelId: string): Promise<Link> {
  const { body } = await person.call('POST', '/ws/tickets', { channelId })
  const response = await exports.default.fetch(`https://studyhall.test/ws/channels/${channelId}`, {
    headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `studyhall.v1, ticket.${body.ticket}` },
  })
  if (!response.webSocket) throw new Error(`no socket: ${response.status}`)
  const link = new Link(response.webSocket, null)
  await link.until(({ type }) => type === 'ready')
  return link
}

export interface Opening {
  since?: number
  sessionId?: string
  transport?: 'bearer' | 'cookie'
  origin?: string
}

/** A channel's object with members, spoken to without the Worker in front. */
export class Room {
  readonly id = newId('room')
  private rev = 1

  get stub() {
    return env.STUDY_ROOM.getByName(this.id)
  }

  static async of(...userIds: string[]): Promise<Room> {
    const room = new Room()
    await room.stub.apply({ channel: room.channel(), members: userIds.map((userId) => member(userId)) })
    return room
  }

  channel(over: object = {}) {
    return channel({ id: this.id, ...over })
  }

  /** Applies a newer row of a member. */
  async change(userId: string, over: Partial<MemberReplica>): Promise<void> {
    this.rev += 1
    await this.stub.apply({ channel: this.channel(), members: [member(userId, { rev: this.rev, ...over })] })
  }

  async ticket(
    userId: string,
    { sessionId = `session-${userId}`, transport = 'bearer' }: Opening = {},
  ): Promise<string> {
    const visitor: Visitor = { userId, sessionId, sessionEndsAt: Date.now() + 1e9, transport }
    const outcome = await this.stub.issueTicket(visitor, this.channel(), member(userId))
    if (!outcome.ok) throw new Error(outcome.code)
    return outcome.value.ticket
  }

  /** Through the Worker, as a browser would. */
  async openWith(ticket: string, { since, origin }: Opening = {}): Promise<Link> {
    const query = since === undefined ? '' : `?since=${since}`
    const response = await exports.default.fetch(`https://studyhall.test/ws/channels/${this.id}${query}`, {
      headers: {
        Upgrade: 'websocket',
        'Sec-WebSocket-Protocol': `studyhall.v1, ticket.${ticket}`,
        ...(origin ? { Origin: origin } : {}),
      },
    })
    if (!response.webSocket) throw new Error(`no socket: ${response.status} ${await response.text()}`)
    return new Link(response.webSocket, response.headers.get('Sec-WebSocket-Protocol'))
  }

  /** A socket that is ready, and has been told what it missed when it asked. */
  async connect(userId: string, opening: Opening = {}): Promise<Link> {
    const link = await this.openWith(await this.ticket(userId, opening), opening)
    await link.until(({ type }) => type === (opening.since === undefined ? 'ready' : 'resumed') || type === 'resync')
    return link
  }
}
