/** A small Studyhall client for people and programs that try things out: HTTP by fetch, the room by WebSocket. */

export interface RoomEvent {
  type: string
  seq?: number
  [field: string]: unknown
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(`${status} ${code}: ${detail}`)
  }
}

interface Tokens {
  accessToken: string
  refreshToken: string
}

interface Registration extends Tokens {
  user: { id: string; username: string }
}

export class Person {
  private constructor(
    readonly base: string,
    readonly name: string,
    readonly id: string,
    readonly username: string,
    private accessToken: string,
    private refreshToken: string,
  ) {}

  static async register(base: string, name: string): Promise<Person> {
    const unique = crypto.randomUUID().slice(0, 8)
    const { user, accessToken, refreshToken } = await send<Registration>(base, 'POST', '/auth/register', {
      email: `demo-${unique}@example.org`,
      password: `quiet library ${crypto.randomUUID()}`,
      name,
    })
    return new Person(base, name, user.id, user.username, accessToken, refreshToken)
  }

  /** For programs that open sockets without a ticket. */
  get bearer(): string {
    return this.accessToken
  }

  /** True when a new pair came; whatever goes wrong leaves the old one in place. */
  async refresh(): Promise<boolean> {
    const pair = await send<Tokens>(this.base, 'POST', '/auth/refresh', { refreshToken: this.refreshToken })
    this.accessToken = pair.accessToken
    this.refreshToken = pair.refreshToken
    return true
  }

  call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return send<T>(this.base, method, path, body, this.accessToken)
  }

  /** @param since the last seq this person has seen; without it nothing is replayed */
  async connect(channelId: string, since?: number): Promise<Link> {
    const { ticket } = await this.call<{ ticket: string }>('POST', '/ws/tickets', { channelId })
    const url = new URL(`/ws/channels/${channelId}`, this.base.replace(/^http/, 'ws'))
    if (since !== undefined) url.searchParams.set('since', String(since))
    const link = new Link(new WebSocket(url.href, ['studyhall.v1', `ticket.${ticket}`]))
    await link.until((event) => event.type === 'ready')
    return link
  }
}

/** One socket, everything it has heard, and a way to wait for what it shall hear. */
export class Link {
  readonly heard: { event: RoomEvent; at: number }[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  private waiting: (() => void)[] = []
  private ended = false

  constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => {
      if (data === 'pong') return
      const at = performance.now()
      for (const event of JSON.parse(String(data)) as RoomEvent[]) this.heard.push({ event, at })
      this.wake()
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => {
        this.ended = true
        this.wake()
        resolve({ code, reason })
      })
    })
  }

  get lastSeq(): number {
    return this.heard.reduce((last, { event }) => Math.max(last, event.seq ?? 0), 0)
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify(frame))
  }

  close(): void {
    this.socket.close(1000)
  }

  /** The first event, heard already or soon, that fits. */
  async until(fits: (event: RoomEvent) => boolean, timeoutMs = 5000): Promise<{ event: RoomEvent; at: number }> {
    const deadline = performance.now() + timeoutMs
    for (let next = 0; ; ) {
      for (; next < this.heard.length; next += 1) {
        const heard = this.heard[next]
        if (heard && fits(heard.event)) return heard
      }
      const left = deadline - performance.now()
      if (this.ended) throw new Error('the socket closed before the awaited event came')
      if (left <= 0) throw new Error(`nothing that fits came within ${timeoutMs} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}

async function send<T>(base: string, method: string, path: string, body?: unknown, token?: string): Promise<T> {
  const reply = await fetch(new URL(`/api/v1${path}`, base), {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await reply.text()
  const value = text === '' ? undefined : JSON.parse(text)
  if (!reply.ok) throw new ApiError(reply.status, value?.code ?? 'unknown', value?.detail ?? text.slice(0, 200))
  return value as T
}
