import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChannelCommand } from '../../src/channels/live/contract'
import type { ServerEvent } from '../../src/channels/live/protocol'
import { isStored, type Sql, schemaSteps, upgradeSchema } from '../../src/channels/live/schema'
import { channel, member } from './replicas'
import { Bench, memorySql } from './support'

const tablesOf = (sql: Sql) => [...sql.exec(`SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name`)]

describe('the schema', () => {
  test.each(schemaSteps.map((_, version) => version))('from version %i it comes to the newest', (version) => {
    const fresh = memorySql()
    upgradeSchema(fresh)
    const old = memorySql()
    old.exec('CREATE TABLE schema_version (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER)')
    for (const step of schemaSteps.slice(0, version)) old.exec(step)
    old.exec('INSERT INTO schema_version (only, version) VALUES (1, ?)', version)
    upgradeSchema(old)
    expect(tablesOf(old)).toEqual(tablesOf(fresh))
    expect([...old.exec('SELECT version FROM schema_version')]).toEqual([{ version: schemaSteps.length }])
  })

  test.each([3, 4, 5, 6])('what was stored in version %i reads as before', (version) => {
    const sql = memorySql()
    sql.exec('CREATE TABLE schema_version (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER)')
    for (const step of schemaSteps.slice(0, version)) sql.exec(step)
    sql.exec('INSERT INTO schema_version (only, version) VALUES (1, ?)', version)
    sql.exec(`INSERT INTO channel (only, id, kind, name, rev) VALUES (1, 'room_1', 'room', 'Algebra', 1)`)
    sql.exec(`INSERT INTO members (user_id, username, name, role, state, joined_at, rev)
              VALUES ('mira', 'mira', 'MIRA', 'member', 'active', 1000, 1)`)
    sql.exec(`INSERT INTO messages (seq, ord, id, user_id, text, created_at) VALUES (2, 1, 'msg_a', 'mira', 'old', 5)`)
    const room = new Bench({}, sql)
    expect(room.log.channel()).toEqual(channel())
    // What the member lets others see of their study is not known yet: the next ticket brings the row anew.
    expect(room.log.member('mira')).toEqual(member('mira', { showsStudy: false, rev: 0 }))
    room.run({ type: 'member.changed', member: member('mira') })
    expect([room.log.member('mira'), room.told]).toEqual([member('mira'), []])
    expect(room.log.messages.view('msg_a', 'mira')).toMatchObject({
      ...{ text: 'old', type: 'text', replyTo: null, mentions: [], pinnedAt: null },
    })
    expect(room.log.messages.index.catchUp(10)).toBe(true)
    expect(room.log.messages.search('mira', { q: 'old', limit: 1 }).messages).toHaveLength(1)
    room.say('mira', 'new')
    expect(room.state).toMatchObject({ seq: 3, ord: 2 })
  })

  test('running it again changes nothing', () => {
    const room = Bench.withMembers('mira')
    room.say('mira', 'kept')
    upgradeSchema(room.sql)
    expect(room.log.messages.list('mira', { limit: 10 }).messages).toHaveLength(1)
  })

  test('nothing is stored before the first upgrade', () => {
    const sql = memorySql()
    expect(isStored(sql)).toBe(false)
    upgradeSchema(sql)
    expect(isStored(sql)).toBe(true)
  })
})

describe('reading', () => {
  const room = Bench.withMembers('mira')
  for (let n = 1; n <= 10; n++) room.say('mira', `${n}`)
  const texts = (range: object) => {
    const { messages, more } = room.log.messages.list('mira', { limit: 3, ...range })
    return [messages.map(({ text }) => Number(text)), more]
  }

  test.each([
    ['without a bound the newest first', {}, [[10, 9, 8], true]],
    ['before', { before: 9 }, [[7, 6, 5], true]],
    ['before the beginning', { before: 4 }, [[2, 1], false]],
    ['after', { after: 3 }, [[3, 4, 5], true]],
    ['after, to the end', { after: 8 }, [[8, 9, 10], false]],
    ['after the end', { after: 99 }, [[], false]],
    ['around', { around: 6 }, [[4, 5, 6], false]],
    ['around, with as many as fit', { around: 6, limit: 5 }, [[3, 4, 5, 6, 7], false]],
    ['around the beginning', { around: 0, limit: 4 }, [[1, 2, 3, 4], false]],
  ])('%s', (_, range, expected) => expect(texts(range)).toEqual(expected))
})

test('what is shown is read by key, however much the channel holds', () => {
  const room = Bench.withMembers(member('mira', { role: 'owner' }), 'jonas')
  const [first = '', last = ''] = ['first', 'last'].map((text) => room.say('mira', text))
  for (const messageId of [first, last]) {
    room.now += 1
    room.command('mira', { type: 'message.pin', messageId })
    room.command('jonas', { type: 'reaction.add', messageId, emoji: '👍' })
  }
  const asked: string[] = []
  const { sql } = room
  const exec = sql.exec.bind(sql)
  sql.exec = (query, ...bindings) => {
    const plan = query.startsWith('SELECT') ? [...exec(`EXPLAIN QUERY PLAN ${query}`, ...bindings)] : []
    asked.push(...plan.map(({ detail }) => String(detail)))
    return exec(query, ...bindings)
  }
  expect(room.log.messages.listPins('jonas')).toMatchObject([
    { id: last, reactions: [{ emoji: '👍', count: 1, mine: true }] },
    { id: first },
  ])
  room.log.messages.index.catchUp(10)
  room.log.messages.search('jonas', { q: 'first', limit: 1 })
  room.log.messages.list('jonas', { limit: 1 })
  room.log.pinCount()
  room.log.membersNamed(['mira'])
  expect(asked.length).toBeGreaterThan(8)
  const scans = asked.filter((detail) => /^SCAN (?!shown|name|json_each|message_search|search_mark)/.test(detail))
  expect(scans.filter((detail) => !detail.includes('messages_pinned'))).toEqual([])
})

describe('L13 the log', () => {
  test('what was deleted is not told again: its creation is a tombstone, the rest is void', () => {
    const room = Bench.withMembers('mira', 'jonas')
    const messageId = room.say('mira', 'secret')
    room.command('mira', { type: 'message.edit', messageId, text: 'secret two' })
    room.command('jonas', { type: 'reaction.add', messageId, emoji: '👍' })
    room.command('mira', { type: 'message.delete', messageId })
    const replayed = room.log.replay(2, 100).map(({ event }) => event)
    expect(JSON.stringify(replayed)).not.toContain('secret')
    expect(replayed).toMatchObject([
      { type: 'message.created', seq: 3, message: { text: '', deletedAt: expect.any(String) } },
      { type: 'void', seq: 4 },
      { type: 'void', seq: 5 },
      { type: 'message.deleted', seq: 6, message: { id: messageId } },
    ])
  })

  test('what comes after a seq begins right behind it, wherever that is', () => {
    const room = Bench.withMembers('mira', 'jonas')
    const messageId = room.say('mira', 'one')
    room.say('jonas', 'two')
    room.command('mira', { type: 'message.edit', messageId, text: 'uno' })
    room.say('mira', 'three')
    const all = [1, 2, 3, 4, 5, 6]
    for (const since of [0, ...all])
      expect(room.log.replay(since, 100).map(({ seq }) => seq)).toEqual(all.filter((seq) => seq > since))
  })

  test('it keeps the newest 2,000 events and now and then drops the others', () => {
    const room = Bench.withMembers('mira')
    const messageId = room.say('mira', 'words')
    for (let n = 0; n < 1500; n++)
      for (const type of ['reaction.add', 'reaction.remove'] as const)
        room.command('mira', { type, messageId, emoji: '👍' })
    const [{ kept, oldest }] = [...room.sql.exec('SELECT count(*) AS kept, min(seq) AS oldest FROM events')] as [
      { kept: number; oldest: number },
    ]
    expect(kept).toBeLessThan(2000 + 256)
    expect(oldest).toBeLessThanOrEqual(room.state.seq - 1999)
  })

  test('L27 a room that wakes goes on with the next seq', () => {
    const room = Bench.withMembers('mira')
    const id = room.say('mira', 'one')
    room.command('mira', { type: 'message.edit', messageId: id, text: 'two' })
    const woken = new Bench({}, room.sql)
    expect(woken.state).toMatchObject({ seq: 3, ord: 1 })
    woken.say('mira', 'three')
    expect(woken.told[0]?.event).toMatchObject({ seq: 4 })
  })
})

const people = [member('mira', { role: 'owner' }), 'jonas', 'wen']
const names = ['mira', 'jonas', 'wen']
const act = fc.record({
  who: fc.constantFrom(...names),
  what: fc.constantFrom(
    'send',
    'edit',
    'delete',
    'add',
    'remove',
    'leave',
    'join',
    'rename',
    'read',
    'repeat',
    'reply',
    'pin',
    'unpin',
    'index',
  ),
  which: fc.nat(9),
  emoji: fc.constantFrom('👍', '🎉'),
})

type Act = { who: string; what: string; which: number; emoji: string }

/** Does one arbitrary thing, sensible or not. */
function perform(room: Bench, { who, what, which, emoji }: Act, sent: string[], step: number): void {
  const messageId = sent[which % Math.max(1, sent.length)] ?? 'msg_0'
  const rev = step + 2
  const commands: Record<string, ChannelCommand> = {
    send: { type: 'message.send', text: `text ${step}` },
    repeat: { type: 'message.send', text: `text ${step}` },
    edit: { type: 'message.edit', messageId, text: `edited ${step}` },
    delete: { type: 'message.delete', messageId },
    add: { type: 'reaction.add', messageId, emoji },
    remove: { type: 'reaction.remove', messageId, emoji },
    read: { type: 'read', seq: which },
    reply: { type: 'message.send', text: `@jonas ${step}`, replyTo: messageId },
    pin: { type: 'message.pin', messageId },
    unpin: { type: 'message.unpin', messageId },
  }
  const command = commands[what]
  if (command) {
    const answer = room.command(who, command, what === 'repeat' ? `again-${which}` : null)
    if (answer.ok && answer.messageId && !sent.includes(answer.messageId)) sent.push(answer.messageId)
  } else if (what === 'index') room.log.messages.index.catchUp(2)
  else if (what === 'leave') room.run({ type: 'member.changed', member: member(who, { rev, state: 'left' }) })
  else if (what === 'join') room.run({ type: 'member.changed', member: member(who, { rev }) })
  else room.run({ type: 'channel.changed', channel: channel({ rev, name: `name ${step}` }) })
}

interface ShownMessage {
  text: string
  deleted: boolean
  edited: boolean
  pinned: boolean
  answers: string | null
  mentions: number
  reactions: Record<string, number>
}

type Shown = Map<string, ShownMessage>

/** What a client shows that folds events into what it has. */
function fold(shown: Shown, events: ServerEvent[]): Shown {
  for (const event of events) {
    if (event.type === 'message.created' || event.type === 'message.updated') {
      const { id, text, deletedAt, editedAt, pinnedAt, replyTo, mentions = [] } = event.message
      const reactions = shown.get(id)?.reactions ?? {}
      const pinned = pinnedAt !== undefined
      const extra = { pinned, answers: replyTo?.id ?? null, mentions: mentions.length }
      shown.set(id, { text, deleted: deletedAt !== null, edited: editedAt !== null, ...extra, reactions })
    } else if (event.type === 'message.deleted') {
      const known = shown.get(event.message.id)
      const nothing = { text: '', edited: false, pinned: false, answers: null, mentions: 0, reactions: {} }
      if (known) Object.assign(known, { ...nothing, deleted: true })
    } else if (event.type === 'message.pinned' || event.type === 'message.unpinned') {
      const known = shown.get(event.messageId)
      if (known) known.pinned = event.type === 'message.pinned'
    } else if (event.type === 'reaction.added' || event.type === 'reaction.removed') {
      const reactions = shown.get(event.messageId)?.reactions
      if (!reactions) continue
      const count = (reactions[event.emoji] ?? 0) + (event.type === 'reaction.added' ? 1 : -1)
      if (count === 0) delete reactions[event.emoji]
      else reactions[event.emoji] = count
    }
  }
  return shown
}

const shownByGet = (room: Bench): Shown =>
  new Map(
    room.log.messages
      .list('mira', { limit: 1000 })
      .messages.reverse()
      .map(({ id, text, deletedAt, editedAt, pinnedAt, replyTo, mentions, reactions }) => [
        id,
        {
          text,
          deleted: deletedAt !== null,
          edited: editedAt !== null,
          pinned: pinnedAt !== null,
          answers: replyTo?.id ?? null,
          mentions: mentions.length,
          reactions: Object.fromEntries(reactions.map(({ emoji, count }) => [emoji, count])),
        },
      ]),
  )

describe('any sequence of events', () => {
  test('L10 seq is dense, told in order, and the log repeats it without gaps', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const room = Bench.withMembers(...people)
        const sent: string[] = []
        for (const [step, one] of acts.entries()) perform(room, one, sent, step)
        const told = room.told.flatMap(({ event }) =>
          'seq' in event && event.type !== 'read.updated' && event.type !== 'ready' ? [event.seq] : [],
        )
        const dense = Array.from({ length: room.state.seq - 3 }, (_, n) => n + 4)
        expect(told).toEqual(dense)
        expect(room.log.replay(3, 1000).map(({ seq }) => seq)).toEqual(dense)
        expect(room.log.head()).toEqual({ seq: room.state.seq, ord: room.state.ord })
        expect(room.state.ord).toBe(sent.length)
      }),
      { numRuns: 60 },
    )
  })

  test('L13 whoever was away, from any moment on, ends with exactly what GET shows', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), fc.nat(40), (acts, leftAt) => {
        const room = Bench.withMembers(...people)
        const sent: string[] = []
        let shown: Shown = new Map()
        let since = room.state.seq
        for (const [step, one] of acts.entries()) {
          if (step === leftAt) {
            since = room.state.seq
            shown = structuredClone(shownByGet(room))
          }
          perform(room, one, sent, step)
        }
        const resumed = fold(
          shown,
          room.log.replay(since, 1000).map(({ event }) => event),
        )
        expect([...resumed]).toEqual([...shownByGet(room)])
      }),
      { numRuns: 100 },
    )
  })

  test('L24c a search finds every message by what it says now, and nothing that was deleted', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const room = Bench.withMembers(...people)
        const sent: string[] = []
        for (const [step, one] of acts.entries()) perform(room, one, sent, step)
        while (!room.log.messages.index.catchUp(3));
        const found = (q: string) => room.log.messages.search('mira', { q, limit: 100 }).messages
        for (const id of sent) {
          const { text = '', deletedAt = null } = room.log.messages.view(id, 'mira') ?? {}
          if (deletedAt === null) expect(found(text).map((message) => message.id)).toContain(id)
        }
        const [living] = [...room.sql.exec('SELECT count(*) AS n FROM messages WHERE deleted_at IS NULL')]
        const everything = ['text', 'edited', 'jonas'].flatMap((word) => found(word).map(({ id }) => id))
        expect(everything.length).toBe(living?.n)
      }),
      { numRuns: 60 },
    )
  })
})

test('a message is looked into as it is and was, with the names of its files, until its words are gone', () => {
  const room = Bench.withMembers('mira')
  const id = room.say('mira', 'one')
  for (let n = 2; n <= 8; n += 1) room.command('mira', { type: 'message.edit', messageId: id, text: `${n}` })
  room.command('mira', { type: 'message.delete', messageId: id })
  const found = () => {
    const row = room.log.message(id)
    return row && room.log.messages.reported(row)
  }
  expect(found()).toMatchObject({ userId: 'mira', text: '8', earlierTexts: ['3', '4', '5', '6', '7'], attachments: [] })
  const row = room.log.message(id)
  if (!row) throw new Error('it is there')
  const file = { id: 'upl_1', filename: 'a.pdf', contentType: 'application/pdf', size: 3 }
  const silent = { ...row, text: '', extra: { attachments: [{ ...file, width: null, height: null, alt: null }] } }
  expect(room.log.messages.reported(silent)?.attachments).toEqual([file])
  room.log.messages.purgeText(row.seq)
  expect(found()).toBeNull()
})

test('a ban that purges finds what was written between two times, and nothing after a return', () => {
  const room = Bench.withMembers('mira', 'jonas')
  const ids: string[] = []
  for (let n = 0; n < 9; n += 1) {
    room.now += 1000
    ids.push(room.say(n % 3 === 2 ? 'jonas' : 'mira', `${n}`))
  }
  const since = room.now - 5000
  const mine = ids.filter((_, n) => n >= 3 && n % 3 !== 2)
  expect(room.log.removals.listWritten('mira', since, room.now, 10)).toEqual(mine)
  expect(room.log.removals.listWritten('mira', since, room.now - 3000, 10)).toEqual(mine.slice(0, 2))
  expect(room.log.removals.listWritten('mira', 0, room.now, 1)).toEqual([ids[0]])
  const purge = { since, until: room.now + 30_000, by: 'mod' }
  const due = () => room.log.agenda.listDue(room.now, 10).filter(({ kind }) => kind === 'purge.member')
  room.run({ type: 'member.changed', member: member('mira', { state: 'banned', rev: 2, purge }) })
  expect(due()).toEqual([{ kind: 'purge.member', key: `mira ${since} ${purge.until} mod` }])
  room.log.agenda.letSleep('purge.member', `mira ${since} ${purge.until} mod`)
  room.run({ type: 'member.changed', member: member('mira', { joinedAt: room.now + 5, rev: 3, purge }) })
  expect(due()).toEqual([{ kind: 'purge.member', key: `mira ${since} ${room.now + 5} mod` }])
})
