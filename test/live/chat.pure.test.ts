import { describe, expect, test } from 'vitest'
import { channel, member } from './replicas'
import { Bench } from './support'

const hour = 60 * 60_000

describe('order and repetition', () => {
  test('L10 each durable change takes the next seq, and what changes nothing takes none', () => {
    const room = Bench.withMembers('mira', 'jonas')
    expect(room.state.seq).toBe(2)
    const id = room.say('mira', 'one')
    room.command('jonas', { type: 'reaction.add', messageId: id, emoji: '👍' })
    room.command('jonas', { type: 'reaction.add', messageId: id, emoji: '👍' })
    room.command('mira', { type: 'message.edit', messageId: id, text: 'two' })
    room.command('mira', { type: 'message.edit', messageId: id, text: 'two' })
    room.command('mira', { type: 'message.delete', messageId: id })
    room.command('mira', { type: 'message.delete', messageId: id })
    expect(room.told.map(({ event }) => ['seq' in event && event.seq, event.type])).toEqual([
      [3, 'message.created'],
      [4, 'reaction.added'],
      [5, 'message.updated'],
      [6, 'message.deleted'],
    ])
  })

  test('L10 ord counts messages only, and a message keeps the seq of its creation', () => {
    const room = Bench.withMembers('mira')
    const first = room.say('mira', 'one')
    room.command('mira', { type: 'message.edit', messageId: first, text: 'uno' })
    const second = room.say('mira', 'two')
    expect([room.log.message(first), room.log.message(second)]).toMatchObject([
      { seq: 2, ord: 1 },
      { seq: 4, ord: 2 },
    ])
  })

  test('L10 the write comes before the word', () => {
    const room = Bench.withMembers('mira')
    room.effects.length = 0
    room.say('mira', 'one', 'n')
    const order = room.effects.map((effect) => effect.do)
    expect(order.lastIndexOf('save')).toBeLessThan(order.indexOf('toAll'))
    expect(order.indexOf('toAll')).toBeLessThan(order.indexOf('answer'))
  })

  test('L12 the same nonce again returns what it made, whatever the text', () => {
    const room = Bench.withMembers('mira')
    const id = room.say('mira', 'one', 'n')
    room.heard()
    const again = room.command('mira', { type: 'message.send', text: 'something else' }, 'n')
    expect(again).toEqual({ ok: true, messageId: id, seq: 2, repeated: true })
    expect(room.heard()).toEqual([])
    expect(room.state.seq).toBe(2)
  })

  test("L12 another person's equal nonce is independent", () => {
    const room = Bench.withMembers('mira', 'jonas')
    expect(room.say('mira', 'one', 'n')).not.toBe(room.say('jonas', 'two', 'n'))
  })

  test('L12 a late repetition of an edit does not undo a newer one', () => {
    const room = Bench.withMembers('mira')
    const messageId = room.say('mira', 'one')
    room.command('mira', { type: 'message.edit', messageId, text: 'two' }, 'e1')
    room.command('mira', { type: 'message.edit', messageId, text: 'three' }, 'e2')
    room.command('mira', { type: 'message.edit', messageId, text: 'two' }, 'e1')
    expect(room.log.message(messageId)?.text).toBe('three')
  })

  test('L12 a nonce spent on what changed nothing stays spent', () => {
    const room = Bench.withMembers('mira')
    const messageId = room.say('mira', 'one')
    room.command('mira', { type: 'reaction.remove', messageId, emoji: '👍' }, 'r')
    room.command('mira', { type: 'reaction.add', messageId, emoji: '👍' })
    room.command('mira', { type: 'reaction.remove', messageId, emoji: '👍' }, 'r')
    expect(room.log.messages.view(messageId, 'mira')?.reactions).toEqual([{ emoji: '👍', count: 1, mine: true }])
  })
})

describe('rights', () => {
  const people = [
    member('owner', { role: 'owner' }),
    member('mod', { role: 'moderator' }),
    member('mod2', { role: 'moderator' }),
    'mira',
    'jonas',
  ]

  test.each([
    ['mira', 'mira', true],
    ['jonas', 'mira', false],
    ['mod', 'mira', true],
    ['mod', 'mod2', false],
    ['mod', 'owner', false],
    ['owner', 'mod', true],
    ['owner', 'owner', true],
    ['mira', 'owner', false],
  ])('L23 whether %s may delete what %s wrote: %s', (actor, author, may) => {
    const room = Bench.withMembers(...people)
    const messageId = room.say(author, 'words')
    const { seq } = room.state
    const answer = room.command(actor, { type: 'message.delete', messageId })
    expect(answer.ok || answer.code).toBe(may || 'message.delete_not_allowed')
    expect(room.state.seq).toBe(may ? seq + 1 : seq)
  })

  test('L23 a moderator may delete what somebody wrote who has left, even an owner of old', () => {
    const room = Bench.withMembers(...people)
    const messageId = room.say('owner', 'words')
    room.run({ type: 'member.changed', member: member('owner', { role: 'owner', state: 'left', rev: 2 }) })
    expect(room.command('mod', { type: 'message.delete', messageId }).ok).toBe(true)
  })

  test('L23 nobody edits what another wrote, and the role of now counts', () => {
    const room = Bench.withMembers(...people)
    const messageId = room.say('mira', 'words')
    for (const userId of ['owner', 'mod', 'jonas'])
      expect(room.command(userId, { type: 'message.edit', messageId, text: 'mine' })).toMatchObject({
        code: 'message.not_yours',
      })
    room.run({ type: 'member.changed', member: member('mod', { role: 'member', rev: 2 }) })
    expect(room.command('mod', { type: 'message.delete', messageId })).toMatchObject({
      code: 'message.delete_not_allowed',
    })
  })

  test.each([['left'], ['removed'], ['banned']] as const)('L23 who %s can do nothing any more', (state) => {
    const room = Bench.withMembers('mira', 'jonas')
    const messageId = room.say('mira', 'words')
    room.run({ type: 'member.changed', member: member('mira', { state, rev: 2 }) })
    const { seq } = room.state
    const tries = [
      room.command('mira', { type: 'message.send', text: 'still here' }),
      room.command('mira', { type: 'message.edit', messageId, text: 'changed' }),
      room.command('mira', { type: 'message.delete', messageId }),
      room.command('mira', { type: 'reaction.add', messageId, emoji: '👍' }),
      room.command('mira', { type: 'read', seq: 1 }),
      room.command('stranger', { type: 'message.send', text: 'hello' }),
    ]
    for (const answer of tries) expect(answer).toEqual({ ok: false, code: 'channel.membership_required' })
    expect(room.state.seq).toBe(seq)
  })

  test('L30 in a deleted channel nothing is said any more', () => {
    const room = Bench.withMembers('mira')
    room.run({ type: 'channel.changed', channel: channel({ rev: 2, deletedAt: room.now }) })
    expect(room.command('mira', { type: 'message.send', text: 'hi' })).toEqual({ ok: false, code: 'channel.not_found' })
  })
})

describe('edits, deletions, reactions', () => {
  test('L19 an edit is possible for 24 hours and not a millisecond longer', () => {
    const room = Bench.withMembers('mira')
    const messageId = room.say('mira', 'one')
    room.now += 24 * hour
    expect(room.command('mira', { type: 'message.edit', messageId, text: 'two' }).ok).toBe(true)
    room.now += 1
    expect(room.command('mira', { type: 'message.edit', messageId, text: 'three' })).toMatchObject({
      code: 'message.edit_too_late',
    })
  })

  test('an edit keeps what it replaced', () => {
    const room = Bench.withMembers('mira')
    const messageId = room.say('mira', 'one')
    room.command('mira', { type: 'message.edit', messageId, text: 'two' })
    room.command('mira', { type: 'message.edit', messageId, text: 'three' })
    expect([...room.sql.exec('SELECT old_text FROM edits ORDER BY seq')]).toMatchObject([
      { old_text: 'one' },
      { old_text: 'two' },
    ])
  })

  test('a deleted message is a tombstone: its words and reactions are not shown, nor can they change', () => {
    const room = Bench.withMembers('mira', 'jonas')
    const messageId = room.say('mira', 'secret')
    room.command('jonas', { type: 'reaction.add', messageId, emoji: '👍' })
    room.command('mira', { type: 'message.delete', messageId })
    expect(room.log.messages.view(messageId, 'jonas')).toMatchObject({ text: '', reactions: [], deletedAt: room.now })
    expect(room.command('mira', { type: 'message.edit', messageId, text: 'x' })).toMatchObject({
      code: 'message.deleted',
    })
    expect(room.command('jonas', { type: 'reaction.add', messageId, emoji: '👍' })).toMatchObject({
      code: 'message.deleted',
    })
    expect(room.command('jonas', { type: 'reaction.remove', messageId, emoji: '👍' }).ok).toBe(true)
  })

  test('the text of a tombstone waits 30 days for its purge, with its history', () => {
    const room = Bench.withMembers('mira')
    const messageId = room.say('mira', 'secret')
    room.command('mira', { type: 'message.edit', messageId, text: 'secret too' })
    room.command('mira', { type: 'message.delete', messageId })
    const purgeAt = room.now + 30 * 24 * hour
    expect(room.log.agenda.listDue(purgeAt - 1, 10).map(({ kind }) => kind)).not.toContain('purge.text')
    expect(room.log.agenda.listDue(purgeAt, 10)).toContainEqual({ kind: 'purge.text', key: '2' })
    room.log.messages.purgeText(2)
    expect([...room.sql.exec('SELECT text FROM messages')]).toEqual([{ text: '' }])
    expect([...room.sql.exec('SELECT * FROM edits')]).toEqual([])
  })

  test('a purge that comes by mistake leaves a living message alone', () => {
    const room = Bench.withMembers('mira')
    const messageId = room.say('mira', 'here')
    room.log.messages.purgeText(2)
    expect(room.log.message(messageId)?.text).toBe('here')
  })

  test('L19 a message carries at most 20 different emoji, and joining one of them is still possible', () => {
    const room = Bench.withMembers('mira', 'jonas')
    const messageId = room.say('mira', 'words')
    const emoji = [...'😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰😗😙😚🙂🤗']
    for (const one of emoji) expect(room.command('mira', { type: 'reaction.add', messageId, emoji: one }).ok).toBe(true)
    expect(room.command('jonas', { type: 'reaction.add', messageId, emoji: '🤩' })).toMatchObject({
      code: 'reaction.too_many',
    })
    expect(room.command('jonas', { type: 'reaction.add', messageId, emoji: '😀' }).ok).toBe(true)
    expect(room.log.messages.view(messageId, 'jonas')?.reactions[0]).toEqual({ emoji: '😀', count: 2, mine: true })
    expect(room.log.messages.view(messageId, 'jonas')?.reactions).toHaveLength(20)
  })

  test('what is not there cannot be changed', () => {
    const room = Bench.withMembers('mira')
    expect(room.command('mira', { type: 'message.delete', messageId: 'msg_0' })).toEqual({
      ok: false,
      code: 'message.not_found',
    })
  })

  test('L15a what all are told holds nothing that differs between them', () => {
    const room = Bench.withMembers('mira', 'jonas')
    const messageId = room.say('mira', 'words')
    room.command('jonas', { type: 'reaction.add', messageId, emoji: '👍' })
    room.command('mira', { type: 'message.edit', messageId, text: 'other words' })
    expect(JSON.stringify(room.told)).not.toMatch(/mine|blocked/)
  })
})

describe('read marks', () => {
  test('the furthest mark wins and never passes the latest seq', () => {
    const room = Bench.withMembers('mira')
    room.say('mira', 'one')
    expect(room.command('mira', { type: 'read', seq: 99 })).toMatchObject({ seq: 2 })
    room.say('mira', 'two')
    expect(room.command('mira', { type: 'read', seq: 1 })).toMatchObject({ seq: 2 })
    expect(room.command('mira', { type: 'read', seq: 3 })).toMatchObject({ seq: 3 })
    expect([...room.sql.exec('SELECT ord FROM marks')]).toEqual([{ ord: 2 }])
  })

  test('L29 one by socket is kept by the socket, told at once and stored when the socket goes', () => {
    const room = Bench.withMembers('mira', 'jonas')
    for (const socketId of ['mira-1', 'mira-2']) room.open('mira', socketId)
    room.open('jonas')
    for (const text of ['one', 'two', 'three']) room.say('jonas', text)
    const read = (seq: number, socketId = 'mira-1') =>
      room.frame('mira', { kind: 'command', nonce: null, command: { type: 'read', seq } }, socketId)
    const stored = () => [...room.sql.exec('SELECT seq, ord, at FROM marks')]
    room.told.length = 0
    expect(read(4)).toMatchObject({ seq: 4 })
    const { now } = room
    room.now += 1000
    expect([read(5, 'mira-2'), read(4)]).toMatchObject([{ seq: 5 }, { seq: 5 }])
    expect(room.effects).toContainEqual({
      ...{ do: 'holdMark', userId: 'mira', socketId: 'mira-2' },
      mark: { seq: 5, at: now + 1000 },
    })
    expect(room.heard()).toEqual(['read.updated', 'read.updated'])
    expect(stored()).toEqual([])
    expect(room.log.agenda.has('mark')).toBe(false)

    // Another device stays: the mark is safe, and its inbox hears of it within a minute.
    room.close('mira', 'mira-1')
    expect(stored()).toEqual([{ seq: 5, ord: 3, at: now + 1000 }])
    expect(room.log.agenda.listDueOf('mark', room.now + 59_999, 10)).toEqual([])
    expect(room.log.agenda.listDueOf('mark', room.now + 60_000, 10)).toEqual(['mira'])
    room.say('jonas', 'four')
    read(6, 'mira-2')
    room.close('mira', 'mira-2')
    expect(stored()).toMatchObject([{ seq: 6, ord: 4 }])
    expect(room.log.agenda.listDueOf('mark', room.now, 10)).toEqual(['mira'])
  })

  test('L29 who is shown out takes no mark along either', () => {
    const room = Bench.withMembers('mira', 'jonas')
    room.open('jonas')
    room.say('mira', 'one')
    room.frame('jonas', { kind: 'command', nonce: null, command: { type: 'read', seq: 3 } }, 'jonas-1')
    room.run({ type: 'member.changed', member: member('jonas', { state: 'banned', rev: 2 }) })
    expect(room.closed).toMatchObject([{ socketId: 'jonas-1' }])
    expect([...room.sql.exec('SELECT user_id, seq FROM marks')]).toEqual([{ user_id: 'jonas', seq: 3 }])
    expect(room.log.agenda.listDueOf('mark', room.now, 10)).toEqual(['jonas'])
  })

  test('L29 one by HTTP is stored at once, whatever a socket keeps', () => {
    const room = Bench.withMembers('mira')
    room.open('mira')
    room.say('mira', 'one')
    room.say('mira', 'two')
    room.frame('mira', { kind: 'command', nonce: null, command: { type: 'read', seq: 2 } })
    room.command('mira', { type: 'read', seq: 3 })
    expect([...room.sql.exec('SELECT seq FROM marks')]).toEqual([{ seq: 3 }])
    expect(room.log.heldMark('mira')).toBeNull()
  })

  test('L29 who waits longest is told of first, and who began to wait after the sweep not yet', () => {
    const { reading } = Bench.withMembers('mira').log
    reading.hold('mira', { seq: 1, at: 10 })
    reading.hold('jonas', { seq: 1, at: 11 })
    reading.hold('wen', { seq: 1, at: 12 })
    reading.hold('mira', { seq: 3, at: 30 })
    reading.hold('mira', { seq: 2, at: 31 })
    expect(reading.listHeld(11)).toEqual(['mira', 'jonas'])
    expect(reading.heldMark('mira')).toEqual({ seq: 3, at: 30 })
  })

  test('up to 20 members hear of it, in larger channels only the reader', () => {
    const room = Bench.withMembers(...Array.from({ length: 20 }, (_, n) => `u${n}`))
    room.say('u0', 'one')
    room.told.length = 0
    room.command('u1', { type: 'read', seq: 21 })
    expect(room.told).toEqual([{ to: 'all', event: { type: 'read.updated', userId: 'u1', seq: 21 } }])
    room.run({ type: 'member.changed', member: member('u20') })
    room.told.length = 0
    room.command('u2', { type: 'read', seq: 21 })
    expect(room.told).toEqual([{ to: 'u2', event: { type: 'read.updated', userId: 'u2', seq: 21 } }])
  })
})

describe('the replica', () => {
  test('rows are taken only when they are newer, and told exactly once', () => {
    const room = new Bench()
    room.run({ type: 'channel.changed', channel: channel() })
    for (const rev of [1, 1, 3, 2, 3])
      room.run({ type: 'member.changed', member: member('mira', { rev, name: `v${rev}` }) })
    expect(room.log.member('mira')?.name).toBe('v3')
    expect(room.heard()).toEqual(['member.joined', 'member.updated'])
  })

  test('a newer row that changes nothing visible is kept without a word', () => {
    const room = Bench.withMembers('mira')
    room.run({ type: 'member.changed', member: member('mira', { rev: 5 }) })
    expect(room.heard()).toEqual([])
    expect(room.log.member('mira')?.rev).toBe(5)
    expect(room.state.seq).toBe(1)
  })

  test('leaving and coming back are two events', () => {
    const room = Bench.withMembers('mira')
    room.run({ type: 'member.changed', member: member('mira', { rev: 2, state: 'removed' }) })
    room.run({ type: 'member.changed', member: member('mira', { rev: 3 }) })
    expect(room.told.map(({ event }) => event)).toMatchObject([
      { type: 'member.left', seq: 2, userId: 'mira', reason: 'removed' },
      { type: 'member.joined', seq: 3, member: { user: { id: 'mira' } } },
    ])
  })

  test('a new name of the channel is told, the first one is not', () => {
    const room = Bench.withMembers('mira')
    room.run({ type: 'channel.changed', channel: channel({ rev: 2, name: 'Topology' }) })
    room.run({ type: 'channel.changed', channel: channel({ rev: 2, name: 'Late' }) })
    expect(room.told.map(({ event }) => event)).toEqual([
      {
        type: 'channel.updated',
        seq: 2,
        channel: { id: 'room_1', name: 'Topology', slowModeSeconds: 0, whoMayStartTimer: 'members' },
      },
    ])
  })
})
