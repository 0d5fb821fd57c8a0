/** The same three requests over Express and PostgreSQL: token verified, session read by key, then the rows. */
import express from 'express'
import { generateKeyPair, jwtVerify, SignJWT } from 'jose'
import pg from 'pg'

const { PORT: port, DATABASE_URL: databaseUrl } = process.env
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
const { publicKey, privateKey } = await generateKeyPair('EdDSA')

await pool.query(`
  CREATE TABLE IF NOT EXISTS users (id text PRIMARY KEY, username text UNIQUE, name text, role text, status text);
  CREATE TABLE IF NOT EXISTS sessions (id text PRIMARY KEY, user_id text REFERENCES users, ended_at bigint, expires_at bigint);
  CREATE TABLE IF NOT EXISTS rooms (id text PRIMARY KEY, name text, description text, visibility text,
    owner_id text REFERENCES users, max_participants int, member_count int, version int, created_at bigint, updated_at bigint);
  CREATE TABLE IF NOT EXISTS memberships (room_id text REFERENCES rooms, user_id text REFERENCES users, role text,
    state text, joined_at bigint, PRIMARY KEY (room_id, user_id));
  CREATE TABLE IF NOT EXISTS notes (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text UNIQUE,
    author_id text REFERENCES users, title text, body text, visibility text, version int, created_at bigint, updated_at bigint,
    words tsvector GENERATED ALWAYS AS (to_tsvector('simple', title || ' ' || body)) STORED);
  CREATE INDEX IF NOT EXISTS notes_by_author ON notes (author_id, seq DESC);
  CREATE INDEX IF NOT EXISTS notes_words ON notes USING gin (words);
  INSERT INTO users VALUES ('usr_1', 'student', 'A student', 'student', 'active') ON CONFLICT DO NOTHING;
  INSERT INTO sessions VALUES ('ses_1', 'usr_1', NULL, 99999999999999) ON CONFLICT DO NOTHING;
  INSERT INTO rooms VALUES ('room_1', 'Bench', '', 'public', 'usr_1', 50, 1, 1, 0, 0) ON CONFLICT DO NOTHING;
  INSERT INTO memberships VALUES ('room_1', 'usr_1', 'owner', 'active', 0) ON CONFLICT DO NOTHING;
`)

const query = (name, text, values) => pool.query({ name, text, values }).then(({ rows }) => rows)
const claims = { algorithms: ['EdDSA'], issuer: 'bench', audience: 'bench' }

async function signedIn(request, reply, next) {
  try {
    const token = (request.headers.authorization ?? '').slice('Bearer '.length)
    const { payload } = await jwtVerify(token, publicKey, claims)
    const [session] = await query(
      'session',
      `SELECT u.id, u.role FROM sessions s JOIN users u ON u.id = s.user_id
       WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND u.status = 'active'`,
      [payload.sid, Date.now()],
    )
    if (!session) return reply.status(401).json({ code: 'auth.required' })
    request.user = session
    next()
  } catch {
    reply.status(401).json({ code: 'auth.token_invalid' })
  }
}

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.get('/health', (_request, reply) => reply.json({ status: 'ok' }))
app.get('/token', async (_request, reply) => {
  const token = new SignJWT({ sid: 'ses_1' })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setSubject('usr_1')
    .setIssuer('bench')
  reply.send(await token.setAudience('bench').setIssuedAt().setExpirationTime('15m').sign(privateKey))
})

const room = (request) =>
  query(
    'room',
    `SELECT r.*, o.name AS owner_name, m.role, m.joined_at FROM rooms r JOIN users o ON o.id = r.owner_id
     LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $2 AND m.state = 'active' WHERE r.id = $1`,
    [request.params.id, request.user.id],
  )

app.get('/rooms/:id', signedIn, async (request, reply) => {
  const [found] = await room(request)
  if (!found) return reply.status(404).json({ code: 'room.not_found' })
  reply.json(found)
})
app.get('/notes', signedIn, async (request, reply) => {
  const text = `SELECT n.id, n.title, left(n.body, 280) AS excerpt, n.visibility, n.version, n.created_at, u.name
    FROM notes n JOIN users u ON u.id = n.author_id WHERE n.author_id = $1 ORDER BY n.seq DESC LIMIT 50`
  reply.json({ data: await query('notes', text, [request.user.id]), nextCursor: null })
})
app.post('/notes', signedIn, express.json(), async (request, reply) => {
  const { title, body, visibility } = request.body
  const insert = `INSERT INTO notes (id, author_id, title, body, visibility, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, 1, $6, $6) RETURNING id, title, body, visibility, version, created_at`
  const values = [crypto.randomUUID(), request.user.id, title, body, visibility, Date.now()]
  const [note] = await query('insert', insert, values)
  reply.status(201).json(note)
})

app.listen(Number(port), '127.0.0.1')
