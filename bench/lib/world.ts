import { studyhallSql } from './sql.ts'
import type { Studyhall } from './studyhall.ts'
import type { Run } from './workload.ts'

type Person = Awaited<ReturnType<Studyhall['crowd']>>[number]

/** One of everything, made over the API. */
interface Things {
  room: string
  group: string
  message: string
  note: string
  todo: string
  material: string
  fileMaterial: string
  meetup: string
  upload: string
  report: string
  action: string
  session: string
  inviteCode: string
  other: string
}

/** How many copies of a row there may be, whatever the size: limits that are named in the README. */
interface Copies {
  table: string
  /** Which row is copied. */
  where: string
  /** What differs in copy number `n`, as SQL. */
  but: Record<string, string>
  atMost?: number
}

const id = (prefix: string) => `'${prefix}_' || printf('%026d', n)`

/** A student with one of everything, and a number of rows beside each that looks like it. */
export class World {
  private size = 0
  private messages = 0

  private constructor(
    private readonly server: Studyhall,
    private readonly run: Run,
    readonly owner: Person,
    readonly things: Things,
    private readonly copies: Copies[],
  ) {}

  static async make(server: Studyhall, run: Run, size: number): Promise<World> {
    const [owner, other] = await server.crowd(2)
    if (!owner || !other) throw new Error('nobody registered')
    // What takes a proven address or a role is not what is measured here.
    await studyhallSql(server).run([
      'UPDATE users SET email_verified_at = created_at',
      `UPDATE users SET role = 'admin' WHERE id = '${owner.id}'`,
      `INSERT INTO user_settings (user_id, may_message, may_invite) VALUES ('${owner.id}', 'everyone', 'everyone')`,
    ])
    const things = await makeThings(server, owner, other)
    const world = new World(server, run, owner, things, copiesOf(owner, other, things))
    await world.grow(size)
    return world
  }

  /** Rows are copied in the database itself: how they came there makes no difference to who reads them. */
  async grow(size: number): Promise<void> {
    const sql = studyhallSql(this.server)
    for (const { table, where, but, atMost = size } of this.copies) {
      const [from, to] = [Math.min(this.size, atMost), Math.min(size, atMost)]
      if (to > from) await sql.copy(table, where, but, from + 1, to)
    }
    this.size = size
    await this.say(size - this.messages)
    this.messages = size
  }

  private async say(count: number): Promise<void> {
    const generator = await this.run.generator()
    const targets = await this.server.targets(this.things.room, [this.owner], 1, true)
    await generator.order({ do: 'connect', dialect: 'studyhall', targets, atOnce: 1, timeoutMs: 10_000 })
    const rate = 400
    await generator.order({ do: 'talk', rate, seconds: count / rate, warmupSeconds: 0, length: 120, drainMs: 5000 })
    await generator.order({ do: 'close' })
  }

  /** Every address of a list or of one thing, from the API's own document, and lists by their other orders. */
  async paths(): Promise<string[]> {
    const document = (await (await fetch(`${this.server.base}/api/v1/openapi.json`)).json()) as {
      paths: Record<string, { get?: unknown }>
    }
    const gets = Object.entries(document.paths).flatMap(([path, { get }]) => (get ? [path] : []))
    const asked = gets.filter((path) => !notAsked.some((part) => path.includes(part)) && !wantQuery.includes(path))
    return [...asked, ...variants]
  }

  /** The address with what this world has in the place of its parameters. */
  fill(path: string): string {
    const { things } = this
    const ofId: Record<string, string> = {
      ...{ rooms: things.room, groups: things.group, channels: things.room, notes: things.note, todos: things.todo },
      ...{ materials: path.endsWith('/download') ? things.fileMaterial : things.material, meetups: things.meetup },
      ...{ uploads: things.upload, reports: things.report, moderation: things.action, study: things.session },
      users: things.other,
    }
    const first = path.replace('/api/v1', '').split('/')[1] ?? ''
    return path
      .replace('{messageId}', things.message)
      .replace('{userId}', things.other)
      .replace('{code}', things.inviteCode)
      .replace('{n}', '1')
      .replace('{group}', things.group)
      .replace(/\{id\}/, ofId[first] ?? '{id}')
  }
}

/** Neither lists nor details: documents, files by a link of their own, and what sends a browser on. */
const notAsked = [
  ...['/openapi.json', '/asyncapi.json', '/health', '/jwks.json', '/oauth/{provider}', '/ws/', '/docs', '/dev/'],
  ...['/avatars/', '/logos/', '/files/', '/exports/', '/calendar/', '/account/', '/vapid-key', '/users/me/export'],
]

/** What says nothing without a question. */
const wantQuery = ['/api/v1/users', '/api/v1/channels/{id}/search', '/api/v1/study/leaderboard']

const variants = [
  '/api/v1/rooms?sort=name',
  '/api/v1/rooms?sort=members',
  '/api/v1/rooms?query=readers',
  '/api/v1/groups?sort=name',
  '/api/v1/groups?sort=members',
  '/api/v1/groups?query=readers',
  '/api/v1/notes?mine=true',
  '/api/v1/notes?sort=most-read',
  '/api/v1/notes?query=quiet',
  '/api/v1/users?query=copy',
  '/api/v1/reports?mine=true',
  '/api/v1/channels/{id}/search?q=characters',
  '/api/v1/study/leaderboard?scope=friends',
  '/api/v1/study/leaderboard?scope=everyone',
  '/api/v1/study/leaderboard?scope=group&id={group}',
]

async function makeThings(server: Studyhall, owner: Person, other: Person): Promise<Things> {
  type Made = { id: string }
  const make = <T = Made>(who: Person, path: string, body?: unknown) => who.call<T>('POST', path, body)
  const { data: subjects } = await owner.call<{ data: Made[] }>('GET', '/subjects')
  const subjectId = subjects[0]?.id
  const room = (await make(owner, '/rooms', { name: 'Room of readers', maxParticipants: 1000 })).id
  const group = (await make(owner, '/groups', { title: 'Group of readers', subjectId, maxMembers: 1000 })).id
  const join = async (who: Person) => {
    await make(who, `/rooms/${room}/join`)
    await make(who, `/groups/${group}/join`)
  }
  await join(other)
  const message = await make(owner, `/channels/${room}/messages`, { nonce: 'first', text: 'Here we are.' })
  await owner.call('PUT', `/channels/${room}/pins/${message.id}`)
  const upload = async (purpose: string) => {
    const bytes = new TextEncoder().encode('Words for a quiet hour.')
    const announced = await make<Made & { uploadUrl: string }>(owner, '/uploads', {
      ...{ purpose, filename: 'words.txt', contentType: 'text/plain', size: bytes.length },
    })
    const headers = { 'Content-Type': 'text/plain' }
    const sent = await fetch(new URL(announced.uploadUrl, server.base), { method: 'PUT', headers, body: bytes })
    if (!sent.ok) throw new Error(`the upload was answered ${sent.status}: ${await sent.text()}`)
    return announced.id
  }
  const noteFile = await upload('note')
  const words = { title: 'A quiet note', body: 'The quiet hour begins.', visibility: 'public', roomId: room, subjectId }
  const note = await make<Made & { version: number }>(owner, '/notes', { ...words, attachments: [noteFile] })
  const todo = (await make(owner, '/todos', { text: 'Read' })).id
  await make(owner, '/todos', { text: 'Read together', roomId: room })
  const link = { name: 'A link', url: 'https://example.org/', roomId: room, subjectId }
  const material = (await make(owner, '/materials', link)).id
  const file = { name: 'A file', uploadId: await upload('material') }
  const fileMaterial = (await make(owner, '/materials', file)).id
  await owner.call('PUT', `/materials/${material}/shares/${other.id}`, { permission: 'view' })
  const startsAt = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)
  const plan = { title: 'Reading', startsAt, durationMinutes: 60, timezone: 'Europe/Berlin' }
  const meetup = (await make(owner, `/rooms/${room}/meetups`, plan)).id
  await make(owner, `/groups/${group}/meetups`, plan)
  await owner.call('PUT', `/meetups/${meetup}/rsvp`, { status: 'going' })
  const { code } = await make<{ code: string }>(owner, `/rooms/${room}/invite-links`, {})
  await make(owner, `/groups/${group}/invite-links`, {})
  await make(owner, '/friends/requests', { userId: other.id })
  const talk = (await make(other, '/conversations', { userId: owner.id })).id
  await make(other, `/channels/${talk}/messages`, { nonce: 'hello', text: 'Hello' })
  const theirRoom = (await make(other, '/rooms', { name: 'Their room', maxParticipants: 10 })).id
  await make(other, `/rooms/${theirRoom}/invitations`, { userId: owner.id })
  const report = (await make(owner, '/reports', { userId: other.id, reason: 'spam', note: 'Much of it.' })).id
  const until = new Date(Date.now() + 600_000).toISOString()
  await owner.call('PUT', `/rooms/${room}/timeouts/${other.id}`, { until, reason: 'Too loud.' })
  const { data: actions } = await owner.call<{ data: Made[] }>('GET', `/rooms/${room}/moderation`)
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
  const studied = { startedAt: ago(90), endedAt: ago(30), reason: 'On paper.' }
  const session = (await make(owner, '/study/sessions/manual', studied)).id
  return {
    ...{ room, group, message: message.id, note: note.id, todo, material, fileMaterial, meetup, upload: noteFile },
    ...{ report, action: actions[0]?.id ?? '', session, inviteCode: code, other: other.id },
  }
}

function copiesOf(owner: Person, other: Person, t: Things): Copies[] {
  const mine = `user_id = '${owner.id}'`
  const user = id('usr')
  const seat = (channelId: string) => ({
    table: 'memberships',
    where: `channel_id = '${channelId}' AND user_id = '${other.id}'`,
    but: { user_id: user },
    atMost: 900,
  })
  const place = (table: string, channelId: string, prefix: string): Copies[] => [
    {
      table,
      where: `id = '${channelId}'`,
      but: { id: id(prefix), name: `'Place ' || n || ' of readers'`, logo_key: 'NULL', member_count: '1' },
    },
    {
      table: 'memberships',
      where: `channel_id = '${channelId}' AND user_id = '${other.id}'`,
      but: { channel_id: id(prefix), user_id: `'${owner.id}'` },
      atMost: 1000,
    },
  ]
  return [
    {
      table: 'users',
      where: `id = '${other.id}'`,
      but: {
        id: user,
        username: `'copy' || n`,
        name: `'Copy ' || n`,
        email: 'NULL',
        phone: 'NULL',
        avatar_key: 'NULL',
      },
    },
    seat(t.room),
    seat(t.group),
    ...place('channels', t.room, 'room'),
    ...place('channels', t.group, 'grp'),
    { table: 'notes', where: `id = '${t.note}'`, but: { id: id('note') } },
    {
      table: 'todos',
      where: `id = '${t.todo}'`,
      but: { id: id('todo'), position: `'b' || printf('%06d', n)` },
      atMost: 499,
    },
    {
      table: 'todos',
      where: `room_id = '${t.room}' AND completed_at IS NULL`,
      but: { id: id('todo').replace('todo_', 'todo_r').replace('026', '025'), position: `'b' || printf('%06d', n)` },
      atMost: 499,
    },
    { table: 'materials', where: `id = '${t.material}'`, but: { id: id('mat') } },
    { table: 'material_shares', where: `material_id = '${t.material}'`, but: { user_id: user }, atMost: 99 },
    {
      table: 'meetups',
      where: `id = '${t.meetup}'`,
      but: { id: id('meet'), starts_at: 'starts_at + n * 60000', ends_at: 'ends_at + n * 60000', series_id: 'NULL' },
      atMost: 199,
    },
    { table: 'meetup_rsvps', where: `meetup_id = '${t.meetup}'`, but: { user_id: user }, atMost: 900 },
    {
      table: 'friend_requests',
      where: `from_id = '${owner.id}'`,
      but: { id: id('frq'), from_id: user, to_id: `'${owner.id}'`, pair: `'pair' || n` },
    },
    { table: 'invitations', where: mine, but: { id: id('inv'), channel_id: id('room') } },
    { table: 'invite_links', where: `channel_id = '${t.room}'`, but: { code: `'copy' || n` }, atMost: 49 },
    { table: 'reports', where: `id = '${t.report}'`, but: { id: id('rep'), target_id: user, target_user_id: user } },
    { table: 'moderation_actions', where: `id = '${t.action}'`, but: { id: id('mod') } },
    { table: 'sessions', where: mine, but: { id: id('ses') }, atMost: 50 },
    { table: 'audit_log', where: `subject_id = '${owner.id}'`, but: { id: id('aud'), at: 'at - n' } },
    {
      table: 'study_sessions',
      where: mine,
      but: { id: id('stu'), started_at: 'started_at - n * 60000', ended_at: 'ended_at - n * 60000' },
    },
  ]
}
