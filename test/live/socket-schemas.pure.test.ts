import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { makeSocketDocument } from '../../scripts/docs/socket-document'
import { serverEvents } from '../../src/channels/live/event-schemas'
import { clientFrames } from '../../src/channels/live/frame-schemas'
import { parseFrame } from '../../src/channels/live/parse-frame'
import type { ServerEvent } from '../../src/channels/live/protocol'
import type { InboxServerEvent } from '../../src/inbox/live/protocol'
import type { inboxEvents } from '../../src/inbox/live/socket-schemas'
import { channel, member } from './replicas'
import { Bench } from './support'

type DocumentedBy<Schemas extends Record<string, z.ZodType>> = {
  [T in keyof Schemas]: z.output<Schemas[T]>
}[keyof Schemas]
type Documented = DocumentedBy<typeof serverEvents>
type DocumentedInbox = DocumentedBy<typeof inboxEvents>

/** Fields of every variant of a type, so that one that is optional cannot be missing on either side. */
type FieldsOf<Event> = Event extends { type: infer Type extends string }
  ? `${Type} ${Exclude<keyof Event & string, 'type'>}`
  : never
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

test('the document and the union of server events are one', () => {
  const same: [Same<Documented, ServerEvent>, Same<FieldsOf<Documented>, FieldsOf<ServerEvent>>] = [true, true]
  expect(same).toEqual([true, true])
})

test('the document and the union of what an inbox says are one', () => {
  const same: [Same<DocumentedInbox, InboxServerEvent>, Same<FieldsOf<DocumentedInbox>, FieldsOf<InboxServerEvent>>] = [
    true,
    true,
  ]
  expect(same).toEqual([true, true])
})

const pattern = { workMinutes: 1, shortBreakMinutes: 60, longBreakMinutes: 120, rounds: 12 }

const valid = [
  { type: 'message.send', nonce: 'n', text: 'hi' },
  { type: 'message.send', nonce: 'n', text: 'hi', replyTo: 'm' },
  { type: 'message.send', nonce: 'n', text: '', attachments: ['upl_01h455vb4pex5vsknk084sn02q'] },
  { type: 'message.send', nonce: 'n', text: 'hi', replyTo: 'm', attachments: ['upl_01h455vb4pex5vsknk084sn02q'] },
  { type: 'message.edit', nonce: 'n', messageId: 'm', text: 'hi' },
  { type: 'message.delete', nonce: 'n', messageId: 'm' },
  { type: 'message.delete', nonce: 'n', messageId: 'm', reason: 'Off topic' },
  { type: 'message.pin', nonce: 'n', messageId: 'm' },
  { type: 'message.unpin', nonce: 'n', messageId: 'm' },
  { type: 'reaction.add', nonce: 'n', messageId: 'm', emoji: '👍' },
  { type: 'reaction.remove', nonce: 'n', messageId: 'm', emoji: '👍' },
  { type: 'read', seq: 3 },
  { type: 'typing' },
  { type: 'status.set', state: 'studying' },
  { type: 'status.set', state: 'break', text: 'Tea', until: '2026-11-21T10:00:00Z' },
  { type: 'seen', n: 0 },
  { type: 'timer.start', nonce: 'n', pattern: '25/5' },
  { type: 'timer.start', nonce: 'n', pattern: { ...pattern } },
  { type: 'timer.pause', nonce: 'n' },
  { type: 'timer.resume', nonce: 'n' },
  { type: 'timer.skip', nonce: 'n', phase: 1 },
  { type: 'timer.stop', nonce: 'n' },
] as const

const broken: Record<string, unknown> = {
  nonce: 'a b',
  text: ' ',
  replyTo: 1,
  attachments: [],
  messageId: null,
  emoji: 'a',
  reason: 'two\nlines',
  seq: -1,
  state: 'away',
  until: 'tomorrow',
  n: 1.5,
  pattern: { ...pattern, rounds: 13 },
  phase: -1,
}

describe('client frames', () => {
  const documented = (frame: { type: string }) =>
    clientFrames[frame.type as keyof typeof clientFrames].safeParse(frame).success
  const understood = (frame: object) => parseFrame(JSON.stringify(frame)).ok

  test('every type is documented, and tried here', () => {
    expect([...new Set(valid.map(({ type }) => type))].sort()).toEqual(Object.keys(clientFrames).sort())
  })

  test.each(valid)('$type is read as it is documented, and so is each way to get it wrong', (frame) => {
    expect([documented(frame), understood(frame)]).toEqual([true, true])
    const wrong = Object.keys(frame)
      .filter((key) => key !== 'type')
      .flatMap((key) => [{ ...frame, [key]: broken[key] }])
    for (const one of [...wrong, { ...frame, more: 1 }])
      expect([documented(one), understood(one)], JSON.stringify(one)).toEqual([false, false])
  })
})

describe('server events', () => {
  test('what the core says is as it is documented', () => {
    const people = [member('owner', { role: 'owner' }), member('mira'), member('jonas')]
    const room = new Bench()
    room.run({ type: 'channel.changed', channel: channel() })
    for (const one of people) room.run({ type: 'member.changed', member: one })
    for (const userId of ['owner', 'mira', 'jonas']) room.open(userId)
    const messageId = room.say('mira', 'hello @jonas')
    room.command('jonas', { type: 'message.send', text: 'yes', replyTo: messageId })
    room.command('owner', { type: 'message.pin', messageId })
    room.command('mira', { type: 'message.edit', messageId, text: '@owner' })
    room.command('owner', { type: 'message.unpin', messageId })
    for (const type of ['reaction.add', 'reaction.remove'] as const)
      room.command('jonas', { type, messageId, emoji: '👍' })
    room.command('jonas', { type: 'read', seq: 5 })
    room.command('mira', { type: 'message.delete', messageId })
    room.frame(
      'mira',
      JSON.stringify({ type: 'status.set', state: 'break', text: 'Tea', until: '2026-11-21T10:00:00Z' }),
    )
    room.frame('mira', JSON.stringify({ type: 'status.set', state: 'invisible' }))
    room.frame('mira', JSON.stringify({ type: 'nothing', nonce: 'n' }))
    const subject = { id: 'sub_1', name: 'Algebra' }
    const study = { state: 'active' as const, since: 1, startedAt: 1, subject, task: null, until: room.now + 1 }
    room.run({ type: 'study.changed', news: { userId: 'jonas', study, rev: 1 } })
    room.command('mira', { type: 'timer.start', pattern })
    room.open('mira', 'mira-2')
    for (const type of ['timer.pause', 'timer.resume', 'timer.skip', 'timer.stop'] as const)
      room.command('mira', { type })
    room.run({ type: 'blocks.changed', userId: 'mira', blockedIds: ['jonas'] })
    const [createdAt, by] = ['2026-11-21T10:00:00Z', { id: 'jonas', name: 'Jonas', avatarUrl: null }]
    const todo = {
      ...{
        id: 'todo_1',
        roomId: 'room_1',
        text: 'Read',
        createdBy: 'mira',
        assignee: by,
        dueOn: '2026-11-22',
        dueAt: null,
      },
      ...{ repeat: { frequency: 'weekly' as const, interval: 1, weekdays: [1], from: 'due' as const }, position: 'a0' },
      ...{ completedAt: null, completedBy: null, version: 1, createdAt, updatedAt: createdAt },
    }
    for (const [change, now] of [['created', todo] as const, ['deleted', null] as const])
      room.run({ type: 'todo.changed', change: { change, todoId: 'todo_1', userId: 'mira', todo: now } })
    room.run({ type: 'channel.changed', channel: channel({ rev: 2, name: 'New', slowModeSeconds: 5 }) })
    room.run({ type: 'member.changed', member: member('jonas', { rev: 2, name: 'Other' }) })
    room.run({ type: 'member.changed', member: member('jonas', { rev: 3, state: 'banned' }) })
    const told = [...room.told.map(({ event }) => event), ...room.log.replay(0, 100).map(({ event }) => event)]
    for (const event of told) {
      // As a client gets it: what is undefined is not sent.
      const sent = JSON.parse(JSON.stringify(event))
      const read = serverEvents[event.type].safeParse(sent)
      expect(read.error?.issues ?? [], JSON.stringify(sent)).toEqual([])
    }
    const byShell = ['ack', 'typing', 'resumed', 'resync', 'closing']
    expect([...new Set([...told.map(({ type }) => type), ...byShell])].sort()).toEqual(Object.keys(serverEvents).sort())
  })
})

test('in the AsyncAPI document every reference leads somewhere', () => {
  const document = makeSocketDocument()
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(refs.length).toBeGreaterThan(50)
  for (const path of refs) {
    const found = path
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document)
    expect(found, path).toBeTypeOf('object')
  }
  // JSON Schema knows no empty tuple: a document with one is refused by tools.
  expect(JSON.stringify(document)).not.toContain('"items":[]')
  expect(document.channels.inbox.messages).toHaveProperty('events')
})
