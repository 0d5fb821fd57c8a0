import { describe, expect, test } from 'vitest'
import type { Attachment, ChannelCommand } from '../../src/channels/live/contract'
import { PersonLog } from '../../src/channels/live/person-log'
import { Bench } from './support'

const idOf = (n: number) => `upl_${String(n).padStart(26, '0')}`

const file = (n: number, over: Partial<Attachment> = {}): Attachment => ({
  id: idOf(n),
  ...{ filename: `${n}.png`, contentType: 'image/png', size: 9, width: 2, height: 3, alt: null },
  ...over,
})

const pdf = file(9, { contentType: 'application/pdf', filename: '9.pdf', width: null, height: null })

/** As the shell does it: with the files that D1 has bound to the channel. */
function send(room: Bench, command: Partial<Extract<ChannelCommand, { type: 'message.send' }>>, files: Attachment[]) {
  const what = { type: 'message.send', text: '', ...command } as const
  return room.run({ type: 'command', userId: 'mira', command: what, nonce: null, id: `msg_${Math.random()}`, files })
}

const lastMessage = (room: Bench) => {
  const { event } = room.told.filter(({ event }) => event.type === 'message.created').at(-1) ?? {}
  return event?.type === 'message.created' ? event.message : undefined
}

describe('files in messages', () => {
  test('pictures alone make a message of type image, in the order in which they were named', () => {
    const room = Bench.withMembers('mira', 'jonas')
    send(room, { attachments: [idOf(2), idOf(1)] }, [file(1, { alt: 'a graph' }), file(2)])
    expect(lastMessage(room)).toMatchObject({
      ...{ type: 'image', text: '' },
      attachments: [
        { id: idOf(2), alt: null, url: `/api/v1/uploads/${idOf(2)}/content` },
        { id: idOf(1), alt: 'a graph', width: 2, height: 3 },
      ],
    })
    send(room, { attachments: [idOf(3), pdf.id] }, [file(3), pdf])
    expect(lastMessage(room)?.type).toBe('text')
    send(room, { attachments: [idOf(4)], form: 'text' }, [file(4)])
    expect(lastMessage(room)?.type).toBe('text')
  })

  test('what is not bound to the channel, or is in a message already, is refused and changes nothing', () => {
    const room = Bench.withMembers('mira')
    expect(send(room, { attachments: [idOf(1)] }, [])).toMatchObject({ ok: false, code: 'attachment.not_usable' })
    expect(send(room, { attachments: [idOf(1), idOf(2)] }, [file(1)])).toMatchObject({ ok: false })
    expect(room.state.seq).toBe(1)
    expect(send(room, { attachments: [idOf(1)] }, [file(1)])).toMatchObject({ ok: true })
    expect(send(room, { attachments: [idOf(1)] }, [file(1)])).toMatchObject({
      ok: false,
      code: 'attachment.not_usable',
    })
    expect(send(room, { attachments: [pdf.id], form: 'image' }, [pdf])).toMatchObject({
      ...{ ok: false, code: 'attachment.not_a_picture' },
    })
    expect(room.log.files.isShown(idOf(1))).toBe(true)
  })

  test('an edit keeps the files, a deletion hides them and has them deleted', () => {
    const room = Bench.withMembers('mira')
    const answer = send(room, { text: 'look', attachments: [idOf(1)] }, [file(1)])
    const messageId = answer?.ok ? (answer.messageId as string) : ''
    room.command('mira', { type: 'message.edit', messageId, text: 'look here' })
    expect(room.log.messages.view(messageId, 'mira')).toMatchObject({ type: 'image', attachments: [{ id: idOf(1) }] })
    room.command('mira', { type: 'message.delete', messageId })
    expect(room.log.messages.view(messageId, 'mira')?.attachments).toEqual([])
    expect([room.log.files.isShown(idOf(1)), room.log.files.has(idOf(1))]).toEqual([false, true])
    expect(room.log.agenda.has('files')).toBe(true)
  })

  test('an erased person’s files leave messages that stay', () => {
    const room = Bench.withMembers('mira', 'jonas')
    const answer = send(room, { text: 'look', attachments: [idOf(1)] }, [file(1, { filename: 'Mira.png' })])
    new PersonLog(room.sql).forget('mira')
    const view = room.log.messages.view(answer?.ok ? (answer.messageId as string) : '', 'jonas')
    expect(view).toMatchObject({ type: 'text', text: 'look', attachments: [] })
    expect(room.log.files.has(idOf(1))).toBe(false)
  })

  test('messages are found by having a file, a picture or a link', () => {
    const room = Bench.withMembers('mira')
    send(room, { attachments: [idOf(1)] }, [file(1)])
    send(room, { attachments: [pdf.id] }, [pdf])
    room.say('mira', 'see https://example.org')
    room.log.messages.index.catchUp(100)
    const found = (has: 'file' | 'image' | 'link') =>
      room.log.messages.search('mira', { has, limit: 10 }).messages.map(({ seq }) => seq)
    expect([found('file'), found('image'), found('link')]).toEqual([[3, 2], [2], [4]])
  })
})
