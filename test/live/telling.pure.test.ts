import { describe, expect, test } from 'vitest'
import { maxNamed } from '../../src/channels/live/telling'
import { channel, member } from './replicas'
import { Bench } from './support'

const people = [member('owner', { role: 'owner' }), member('mira'), member('jonas'), member('zoe')]

/** A room that says whom each act is told to, beside those who look. */
function listening(over: Parameters<typeof channel>[0] = {}, members = people) {
  const room = Bench.withMembers(...members)
  room.run({ type: 'channel.changed', channel: channel({ rev: 2, ...over }) })
  const told = () =>
    room.effects.splice(0).flatMap((effect) => {
      if (effect.do !== 'tell') return []
      const { type, audience, recipients, facts } = effect.event
      return [[type, audience === 'members' ? 'members' : recipients.join(), ...('told' in facts ? [facts.told] : [])]]
    })
  const send = (userId: string, text: string, more: object = {}) => {
    const answer = room.command(userId, { type: 'message.send', text, ...more })
    if (!answer.ok || answer.messageId === undefined) throw new Error(JSON.stringify(answer))
    return answer.messageId
  }
  const edit = (userId: string, messageId: string, text: string) => {
    room.effects.length = 0
    expect(room.command(userId, { type: 'message.edit', messageId, text })).toMatchObject({ ok: true })
    return told()
  }
  return { room, told, send, edit }
}

describe('L24a an edit', () => {
  test('tells whom it names first, once, however often names come and go', () => {
    const { edit, send } = listening()
    const id = send('mira', 'Who comes, @jonas?')
    expect(edit('mira', id, 'Who comes, @jonas and @zoe?')).toEqual([['message.mention', 'zoe']])
    expect(edit('mira', id, 'Who comes?')).toEqual([])
    expect(edit('mira', id, 'Who comes, @zoe, @jonas and @owner?')).toEqual([['message.mention', 'owner']])
    expect(edit('mira', id, 'Who comes, @zoe, @jonas, @owner and @mira?')).toEqual([])
  })

  test('tells at the time of the edit, with those who look', () => {
    const { room, send } = listening()
    const id = send('mira', 'one')
    room.open('zoe')
    room.now += 60_000
    room.effects.length = 0
    room.command('mira', { type: 'message.edit', messageId: id, text: 'one, @zoe' })
    expect(room.effects.find((effect) => effect.do === 'tell')).toMatchObject({
      event: {
        subjectId: id,
        createdAt: room.now,
        facts: { messageId: id, seq: expect.any(Number), present: ['zoe'] },
      },
    })
  })

  test('that calls everybody leaves out whom the message has told', () => {
    const { edit, send } = listening()
    const question = send('jonas', 'Anybody?')
    const id = send('owner', 'Yes, @zoe', { replyTo: question })
    expect(edit('owner', id, 'Yes, @zoe and @jonas')).toEqual([])
    expect(edit('owner', id, 'Yes, @room')).toEqual([['message.mention', 'members', ['zoe', 'jonas']]])
    expect(edit('owner', id, 'Yes, @mira')).toEqual([])
    const other = send('mira', 'no')
    expect(edit('mira', other, '@room')).toEqual([])
  })

  test('of what everybody was told of tells nobody again', () => {
    const talk = listening({ kind: 'conversation' }, [member('mira'), member('jonas')])
    expect(talk.edit('mira', talk.send('mira', 'Hi'), 'Hi @jonas')).toEqual([])
    const group = listening({ kind: 'group' })
    expect(group.edit('owner', group.send('owner', 'We meet', { announcement: true }), 'We meet, @zoe')).toEqual([])
    const room = listening()
    expect(room.edit('owner', room.send('owner', '@room Look'), '@room Look, @zoe')).toEqual([])
  })

  test(`names no more than ${maxNamed} with all the others of its message`, () => {
    const crowd = Array.from({ length: 100 }, (_, n) => member(`user${n}`))
    const { edit, send } = listening({}, [member('mira'), ...crowd])
    const names = (from: number) =>
      crowd
        .slice(from, from + 20)
        .map(({ username }) => `@${username}`)
        .join(' ')
    const id = send('mira', names(0))
    const told = [20, 40, 60, 80].map((from) => edit('mira', id, names(from)).length)
    expect(told).toEqual([1, 1, 0, 0])
  })
})
