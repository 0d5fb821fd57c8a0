/**
 * The smallest object that gathers what it sends: each message stored in one row, told once a window to each socket,
 * and nothing else. What else its isolate holds is a setting, so that one can see what that does to the room.
 */
import { DurableObject } from 'cloudflare:workers'

/** As long as Studyhall's window in a room of this size that is busy. */
const windowMsPerSocket = 0.096
const held = []

export class GatheringRoom extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env)
    this.sockets = new Set(ctx.getWebSockets())
    this.pending = []
    this.timer = null
    for (let n = held.length; n < Number(env.BALLAST_OBJECTS); n += 1)
      held.push({ n, list: [n], inner: { name: `x${n}` } })
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, sender TEXT, text TEXT, created_at INTEGER)',
    )
  }

  async fetch() {
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    this.sockets.add(server)
    server.send('{"type":"ready"}')
    return new Response(null, { status: 101, webSocket: client })
  }

  async webSocketMessage(socket, data) {
    const { nonce, text } = JSON.parse(data)
    const createdAt = Date.now()
    const { id } = this.ctx.storage.sql
      .exec(
        'INSERT INTO messages (sender, text, created_at) VALUES (?, ?, ?) RETURNING id',
        'A student',
        text,
        createdAt,
      )
      .one()
    this.pending.push(
      JSON.stringify({ type: 'message.created', seq: id, message: { sender: 'A student', text, createdAt } }),
    )
    socket.send(JSON.stringify({ type: 'ack', nonce }))
    if (this.timer === null) this.tell()
  }

  webSocketClose(socket) {
    this.sockets.delete(socket)
  }

  tell() {
    this.timer = null
    if (this.pending.length === 0) return
    const frame = this.pending.length === 1 ? this.pending[0] : `[${this.pending.join(',')}]`
    this.pending = []
    for (const socket of this.sockets) socket.send(frame)
    this.timer = setTimeout(() => this.tell(), this.sockets.size * windowMsPerSocket)
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/health') return Response.json({ status: 'ok' })
    return env.ROOM.getByName(pathname).fetch(request)
  },
}
