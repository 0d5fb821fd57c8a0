import { describe, expect, test } from 'vitest'
import { findMentions } from '../../src/channels/live/extras'
import { channel, member } from './replicas'
import { Bench } from './support'

const people = [
  member('owner', { role: 'owner' }),
  member('mod', { role: 'moderator' }),
  member('mira'),
  member('jonas_w'),
  member('gone', { state: 'left' }),
]

const group = (over = {}) => {
  const room = Bench.withMembers(...people)
  room.run({ type: 'channel.changed', channel: channel({ rev: 2, kind: 'group', ...over }) })
  room.told.length = 0
  return room
}

describe('replies', () => {
  test('a reply shows what it answers, cut to what fits above it, in its present form', () => {
    const room = Bench.withMembers(...people)
    const first = room.say('mira', `${'😀'.repeat(200)}`)
    const sent = room.command('jonas_w', { type: 'message.send', text: 'Yes', replyTo: first })
    if (!sent.ok || !sent.messageId) throw new Error('refused')
    const answered = { id: first, seq: 5, sender: { id: 'mira', name: 'MIRA' }, text: '😀'.repeat(140), deleted: false }
    expect(room.told.at(-1)?.event).toMatchObject({ type: 'message.created', message: { replyTo: answered } })
    expect(room.log.messages.view(sent.messageId, 'mira')?.replyTo).toEqual({ ...answered, blocked: false })
    room.command('mira', { type: 'message.delete', messageId: first })
    const gone = { ...answered, text: '', deleted: true }
    expect(room.log.messages.view(sent.messageId, 'mira')?.replyTo).toEqual({ ...gone, blocked: false })
    expect(room.log.replay(5, 1)[0]?.event).toMatchObject({ message: { replyTo: gone } })
  })

  test('what is not in the channel, or deleted, cannot be answered', () => {
    const room = Bench.withMembers(...people)
    const first = room.say('mira', 'one')
    room.command('mira', { type: 'message.delete', messageId: first })
    const { seq } = room.state
    const reply = (replyTo: string) => room.command('mod', { type: 'message.send', text: 'x', replyTo })
    expect(reply('msg_elsewhere')).toMatchObject({ code: 'message.not_found' })
    expect(reply(first)).toMatchObject({ code: 'message.deleted' })
    expect(room.state.seq).toBe(seq)
  })

  test('an edit keeps what the message answers and names anew whom it names', () => {
    const room = Bench.withMembers(...people)
    const first = room.say('mira', 'one')
    const sent = room.command('mod', { type: 'message.send', text: 'hi @mira', replyTo: first })
    if (!sent.ok || !sent.messageId) throw new Error('refused')
    room.command('mod', { type: 'message.edit', messageId: sent.messageId, text: 'hi @jonas_w' })
    expect(room.told.at(-1)?.event).toMatchObject({
      message: { mentions: [{ id: 'jonas_w' }], replyTo: { id: first } },
    })
    room.command('mod', { type: 'message.edit', messageId: sent.messageId, text: 'hi' })
    expect(room.log.messages.view(sent.messageId, 'mira')).toMatchObject({ mentions: [], replyTo: { id: first } })
  })
})

describe('L24 mentions', () => {
  const mentioned = (room: Bench, userId: string, text: string) =>
    room.log.messages.view(room.say(userId, text), 'mira')?.mentions.map(({ username }) => username)

  test.each([
    ['@mira', ['mira']],
    ['Hello @Mira, and @JONAS_W!', ['mira', 'jonas_w']],
    ['(@mira) @mira @mira', ['mira']],
    ['mail mira@mira.org or a@mira', []],
    ['@mira_x @mir @@mira https://x.org/@mira', []],
    ['@stranger', []],
    ['@room', []],
    ['no name at all', []],
  ])('%j names %j', (text, names) => {
    expect(mentioned(Bench.withMembers(...people), 'mira', text)).toEqual(names)
  })

  test('@room of who looks after the channel calls everybody; of others it is text', () => {
    const room = Bench.withMembers(...people)
    for (const userId of ['owner', 'mod'])
      expect(room.log.messages.view(room.say(userId, '@room now'), 'mira')?.mentions).toEqual([
        { id: 'room_1', username: 'room' },
      ])
    expect(mentioned(room, 'mira', '@room now')).toEqual([])
  })

  test('who has left is not named', () => {
    expect(mentioned(Bench.withMembers(...people), 'mira', '@gone @mod')).toEqual(['mod'])
  })

  test('at most twenty are named', () => {
    const names = Array.from({ length: 30 }, (_, n) => `user${n}`)
    const room = Bench.withMembers(...names)
    const found = findMentions(room.log, names.map((name) => `@${name}`).join(' '), false)
    expect(found.map(({ username }) => username)).toEqual(names.slice(0, 20))
  })

  test('a message that names and answers nobody is stored and told without a trace of it', () => {
    const room = Bench.withMembers(...people)
    room.say('mira', 'plain')
    expect([...room.sql.exec('SELECT extra, pinned_at FROM messages')]).toEqual([{ extra: null, pinned_at: null }])
    const told = room.told.at(-1)?.event
    expect(told?.type === 'message.created' && Object.keys(told.message)).toEqual(
      'id seq channelId sender type text editedAt deletedAt createdAt reactions'.split(' '),
    )
  })
})

describe('pins', () => {
  test('who looks after the channel pins and takes down; others are refused', () => {
    const room = Bench.withMembers(...people)
    const messageId = room.say('mira', 'read this')
    expect(room.command('mira', { type: 'message.pin', messageId })).toMatchObject({ code: 'pin.not_allowed' })
    room.command('mod', { type: 'message.pin', messageId })
    room.command('owner', { type: 'message.pin', messageId })
    expect(room.told.at(-1)?.event).toEqual({
      type: 'message.pinned',
      ...{ seq: 6, messageId, userId: 'mod', pinnedAt: new Date(room.now).toISOString() },
    })
    expect(room.state.seq).toBe(6)
    expect(room.log.messages.listPins('mira')).toMatchObject([{ id: messageId, pinnedAt: room.now }])
    room.command('owner', { type: 'message.unpin', messageId })
    expect(room.log.messages.listPins('mira')).toEqual([])
    expect(room.log.replay(5, 10).map(({ event }) => event.type)).toEqual(['void', 'message.unpinned'])
  })

  test('in a conversation of two both pin', () => {
    const room = Bench.withMembers('mira', 'jonas')
    room.run({ type: 'channel.changed', channel: channel({ rev: 2, kind: 'conversation' }) })
    expect(room.command('jonas', { type: 'message.pin', messageId: room.say('mira', 'x') }).ok).toBe(true)
  })

  test('a channel has at most 50, the one pinned last comes first, and what is deleted is down', () => {
    const room = Bench.withMembers(...people)
    const ids = Array.from({ length: 51 }, (_, n) => room.say('mira', `${n}`))
    for (const messageId of ids.slice(0, 50)) {
      room.now += 1
      expect(room.command('mod', { type: 'message.pin', messageId }).ok).toBe(true)
    }
    const pinLast = () => room.command('mod', { type: 'message.pin', messageId: ids[50] ?? '' })
    expect(pinLast()).toMatchObject({ code: 'pin.too_many' })
    room.command('mira', { type: 'message.delete', messageId: ids[3] ?? '' })
    room.now += 1
    expect(pinLast().ok).toBe(true)
    const pinned = room.log.messages.listPins('mira').map(({ id }) => id)
    expect(pinned).toHaveLength(50)
    expect(pinned[0]).toBe(ids[50])
    expect(pinned).not.toContain(ids[3])
  })
})

describe('history and announcements', () => {
  test('what a message said is kept in order, and for 30 days after its deletion', () => {
    const room = Bench.withMembers(...people)
    const messageId = room.say('mira', 'one')
    room.now += 1
    room.command('mira', { type: 'message.edit', messageId, text: 'two' })
    room.command('mira', { type: 'message.delete', messageId })
    const versions = () => {
      const message = room.log.message(messageId)
      return message && room.log.messages.listVersions(message)
    }
    expect(versions()).toEqual([
      { text: 'one', replacedAt: room.now },
      { text: 'two', replacedAt: null },
    ])
    room.log.messages.purgeText(5)
    expect(versions()).toEqual([{ text: '', replacedAt: null }])
  })

  test('only who looks after a group announces in it', () => {
    const announcement = { type: 'message.send', text: 'Exam moved', announcement: true } as const
    const room = group()
    expect(room.command('mira', announcement)).toMatchObject({ code: 'message.announcement_not_allowed' })
    expect(room.command('mod', announcement).ok).toBe(true)
    expect(room.told.at(-1)?.event).toMatchObject({ message: { type: 'announcement', text: 'Exam moved' } })
    expect(group({ kind: 'room' }).command('owner', announcement)).toMatchObject({ ok: false })
  })
})

describe('slow mode and timeouts', () => {
  test('members wait between two messages, whoever looks after the channel does not', () => {
    const room = group({ slowModeSeconds: 30 })
    room.say('mira', 'one')
    room.now += 20_500
    const { seq } = room.state
    expect(room.command('mira', { type: 'message.send', text: 'two' })).toEqual({
      ok: false,
      code: 'room.slow_mode',
      detail: 'Slow mode is on: you may write again in 10 s.',
      retryAfterSeconds: 10,
    })
    expect(room.state.seq).toBe(seq)
    for (const userId of ['owner', 'mod', 'owner', 'mod']) room.say(userId, 'x')
    room.say('jonas_w', 'another person is independent')
    room.now += 9500
    room.say('mira', 'three')
  })

  test('a repetition by nonce is no second message, and without slow mode nothing is noted', () => {
    const room = group({ slowModeSeconds: 30 })
    expect(room.say('mira', 'one', 'n')).toBe(room.say('mira', 'one', 'n'))
    room.run({ type: 'channel.changed', channel: channel({ rev: 3, kind: 'group', slowModeSeconds: 0 }) })
    expect(room.told.at(-1)?.event).toMatchObject({ type: 'channel.updated', channel: { slowModeSeconds: 0 } })
    room.say('mira', 'two')
    expect([...room.sql.exec('SELECT * FROM spoke')]).toEqual([])
  })

  test('in a frozen conversation nobody writes, and what is theirs they still take back', () => {
    const room = Bench.withMembers('mira', 'jonas')
    const messageId = room.say('mira', 'one')
    room.run({ type: 'channel.changed', channel: channel({ rev: 2, kind: 'conversation', frozen: true }) })
    expect(room.command('mira', { type: 'message.send', text: 'x' })).toEqual({ ok: false, code: 'channel.frozen' })
    expect(room.command('jonas', { type: 'message.pin', messageId })).toMatchObject({ code: 'channel.frozen' })
    expect(new Bench({}, room.sql).log.channel()?.frozen).toBe(true)
    expect(room.command('mira', { type: 'message.delete', messageId }).ok).toBe(true)
    room.run({ type: 'channel.changed', channel: channel({ rev: 3, kind: 'conversation' }) })
    room.say('jonas', 'again')
  })

  test('who is timed out reads and takes back, but does not write', () => {
    const room = Bench.withMembers(...people)
    const messageId = room.say('mira', 'one')
    room.open('mira')
    room.told.length = 0
    room.run({ type: 'member.changed', member: member('mira', { rev: 2, mutedUntil: room.now + 60_000 }) })
    const { seq } = room.state
    for (const command of [
      { type: 'message.send', text: 'x' },
      { type: 'message.edit', messageId, text: 'x' },
      { type: 'reaction.add', messageId, emoji: '👍' },
    ] as const)
      expect(room.command('mira', command)).toMatchObject({ code: 'channel.timed_out', retryAfterSeconds: 60 })
    room.frame('mira', { kind: 'typing' })
    expect(room.effects.filter((effect) => effect.do === 'showTyping')).toEqual([])
    expect([room.state.seq, room.heard()]).toEqual([seq, []])
    for (const command of [
      { type: 'read', seq: 5 },
      { type: 'reaction.remove', messageId, emoji: '👍' },
      { type: 'message.delete', messageId },
    ] as const)
      expect(room.command('mira', command).ok).toBe(true)
    room.now += 60_000
    room.say('mira', 'again')
  })
})

describe('search', () => {
  const found = (room: Bench, search: object) => {
    while (!room.log.messages.index.catchUp(100));
    return room.log.messages.search('mira', { limit: 10, ...search }).messages.map(({ text }) => text)
  }

  test('finds words in every script, the newest first, and the last word by its beginning', () => {
    const room = Bench.withMembers(...people)
    for (const text of ['Linear Algebra', 'algebra of sets', '線形代数の試験', 'Ärger mit Größen'])
      room.say('mira', text)
    expect(found(room, { q: 'algebra' })).toEqual(['algebra of sets', 'Linear Algebra'])
    expect(found(room, { q: 'alg' })).toEqual(['algebra of sets', 'Linear Algebra'])
    expect(found(room, { q: 'linear alg' })).toEqual(['Linear Algebra'])
    expect(found(room, { q: '代数' })).toEqual(['線形代数の試験'])
    expect(found(room, { q: 'arger grossen' })).toEqual(['Ärger mit Größen'])
    for (const q of ['"', '*', 'OR', 'terms : x', ') AND (', '-']) expect(found(room, { q })).toEqual([])
  })

  test('by sender and by link, alone and together, page by page', () => {
    const room = Bench.withMembers(...people)
    for (let n = 1; n <= 3; n++) for (const who of ['mira', 'jonas_w']) room.say(who, `${who} notes ${n}`)
    room.say('mira', 'notes at https://example.org/x')
    expect(found(room, { from: 'mira' })).toHaveLength(4)
    expect(found(room, { has: 'link' })).toEqual(['notes at https://example.org/x'])
    expect(found(room, { has: 'link', from: 'jonas_w' })).toEqual([])
    expect(found(room, { q: 'notes', from: 'jonas_w' })).toEqual([
      'jonas_w notes 3',
      'jonas_w notes 2',
      'jonas_w notes 1',
    ])
    const first = room.log.messages.search('mira', { q: 'notes', limit: 5 })
    expect([first.messages.length, first.more]).toEqual([5, true])
    const rest = room.log.messages.search('mira', { q: 'notes', limit: 5, before: first.messages.at(-1)?.seq })
    expect([rest.messages.length, rest.more]).toEqual([2, false])
  })

  test('an edit is found by its new words, and what is deleted is found no more', () => {
    const room = Bench.withMembers(...people)
    const messageId = room.say('mira', 'before')
    const other = room.say('mira', 'before the index knew')
    expect(found(room, { q: 'before' })).toHaveLength(2)
    room.command('mira', { type: 'message.edit', messageId, text: 'after' })
    expect(found(room, { q: 'before' })).toEqual(['before the index knew'])
    expect(found(room, { q: 'after' })).toEqual(['after'])
    room.command('mira', { type: 'message.delete', messageId })
    const late = room.say('mira', 'late')
    room.command('mira', { type: 'message.delete', messageId: late })
    expect(found(room, { q: 'after' })).toEqual([])
    expect(found(room, { q: 'late' })).toEqual([])
    room.run({ type: 'message.erased', message: room.log.message(other) ?? expect.fail() })
    expect(found(room, { q: 'knew' })).toEqual([])
    const left = [...room.sql.exec(`SELECT rowid FROM message_search WHERE message_search MATCH 'from*'`)]
    expect(left).toEqual([])
  })
})
