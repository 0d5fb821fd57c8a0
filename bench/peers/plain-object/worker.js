/** A room as one would first write it: hibernating sockets, each message stored, then sent to each socket by itself. */
import { DurableObject } from 'cloudflare:workers'

export class PlainRoom extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env)
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, sender TEXT, text TEXT, created_at INTEGER)',
    )
  }

  async fetch() {
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
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
    const message = JSON.stringify({
      type: 'message.created',
      seq: id,
      message: { sender: 'A student', text, createdAt },
    })
    for (const other of this.ctx.getWebSockets()) other.send(message)
    socket.send(JSON.stringify({ type: 'ack', nonce }))
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/health') return Response.json({ status: 'ok' })
    return env.ROOM.getByName(pathname).fetch(request)
  },
}
