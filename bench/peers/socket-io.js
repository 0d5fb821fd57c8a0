/**
 * Socket.IO as its documentation recommends for speed: WebSocket only, no compression, the native add-ons of `ws`,
 * the opening request let go. Three forms:
 *   stored     Express, the Redis adapter, and one INSERT in PostgreSQL per message before anybody hears of it
 *   bare       nothing stored
 *   coalesced  nothing stored, messages gathered over Studyhall's window and sent as one
 */
import { createServer } from 'node:http'
import { createAdapter } from '@socket.io/redis-adapter'
import express from 'express'
import pg from 'pg'
import { createClient } from 'redis'
import { Server } from 'socket.io'

const { FORM: form, PORT: port, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl } = process.env
const room = 'room_bench'
const app = express()
app.disable('x-powered-by')
app.get('/health', (_request, reply) => reply.json({ status: 'ok' }))

const http = createServer(app)
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })
io.engine.on('connection', (raw) => {
  raw.request = null
})

let pool = null
if (form === 'stored') {
  const publisher = createClient({ url: redisUrl })
  const subscriber = publisher.duplicate()
  await Promise.all([publisher.connect(), subscriber.connect()])
  io.adapter(createAdapter(publisher, subscriber))
  pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
  await pool.query(`CREATE TABLE IF NOT EXISTS messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_id text NOT NULL,
    sender_id text NOT NULL,
    nonce text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (room_id, sender_id, nonce))`)
}

const insert = 'INSERT INTO messages (room_id, sender_id, nonce, text) VALUES ($1, $2, $3, $4) RETURNING id, created_at'
let lastId = 0

async function store(senderId, { nonce, text }) {
  if (pool) {
    const { rows } = await pool.query({ name: 'insert-message', text: insert, values: [room, senderId, nonce, text] })
    return { id: rows[0].id, createdAt: rows[0].created_at }
  }
  lastId += 1
  return { id: lastId, createdAt: new Date() }
}

const gathered = []
let lastFlushAt = 0
let lastFlushEvents = 0
let lastFlushGap = Infinity
let timer = null

function flush() {
  timer = null
  const now = performance.now()
  lastFlushGap = now - lastFlushAt
  lastFlushAt = now
  lastFlushEvents = gathered.length
  io.to(room).emit('messages', gathered.splice(0))
}

/** The rule of our own rooms: at once after a pause, otherwise at the end of a window that grows with what it carries. */
function gather(message) {
  gathered.push(message)
  if (timer !== null) return
  const quiet = Math.min(250, 0.032 * io.engine.clientsCount)
  const least = lastFlushGap <= 4 * quiet ? Math.min(250, 3 * quiet) : quiet
  const window = Math.max(least, Math.min((quiet * lastFlushEvents) / 2, 2 * quiet + 16, 250))
  const left = window - (performance.now() - lastFlushAt)
  timer = left <= 0 ? setImmediate(flush) : setTimeout(flush, left)
}

io.on('connection', (socket) => {
  socket.join(room)
  const sender = { id: `usr_${socket.id}`, name: 'A student' }
  socket.on('message.send', async (body, acknowledge) => {
    if (typeof body?.text !== 'string' || body.text.length === 0 || body.text.length > 4000) return
    const { id, createdAt } = await store(sender.id, body)
    const message = { id, roomId: room, sender, type: 'text', text: body.text, createdAt }
    if (form === 'coalesced') gather(message)
    else io.to(room).emit('message', message)
    acknowledge?.({ id })
  })
})

http.listen(Number(port), '127.0.0.1')
