import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isEmoji, isMessageText } from '../../src/channels/live/chat'
import { parseFrame } from '../../src/channels/live/parse-frame'
import { closeCodes, closingEvent } from '../../src/channels/live/protocol'

const pattern = { workMinutes: 25, shortBreakMinutes: 5, longBreakMinutes: 15, rounds: 4 }

const problemOf = (value: unknown) => {
  const parsed = parseFrame(typeof value === 'string' ? value : JSON.stringify(value))
  return parsed.ok ? null : parsed.broken ? 'broken' : parsed.code
}

describe('L9 frames', () => {
  test.each([
    ['message.send', { type: 'message.send', nonce: 'n', text: 'hi' }],
    ['message.edit', { type: 'message.edit', nonce: 'n', messageId: 'm', text: 'hi' }],
    ['message.delete', { type: 'message.delete', nonce: 'n', messageId: 'm' }],
    ['message.send as a reply', { type: 'message.send', nonce: 'n', text: 'hi', replyTo: 'm' }],
    ['message.pin', { type: 'message.pin', nonce: 'n', messageId: 'm' }],
    ['message.unpin', { type: 'message.unpin', nonce: 'n', messageId: 'm' }],
    ['status.set', { type: 'status.set', state: 'studying' }],
    ['status.set with words', { type: 'status.set', state: 'break', text: 'Tea', until: '2026-11-21T10:00:00Z' }],
    ['reaction.add', { type: 'reaction.add', nonce: 'n', messageId: 'm', emoji: '👍' }],
    ['reaction.remove', { type: 'reaction.remove', nonce: 'n', messageId: 'm', emoji: '👍' }],
    ['read', { type: 'read', seq: 3 }],
    ['typing', { type: 'typing' }],
    ['seen', { type: 'seen', n: 0 }],
    ['timer.start', { type: 'timer.start', nonce: 'n' }],
    ['timer.start with a name', { type: 'timer.start', nonce: 'n', pattern: '50/10' }],
    ['timer.pause', { type: 'timer.pause', nonce: 'n' }],
    ['timer.resume', { type: 'timer.resume', nonce: 'n' }],
    ['timer.skip', { type: 'timer.skip', nonce: 'n' }],
    ['timer.skip of a phase', { type: 'timer.skip', nonce: 'n', phase: 3 }],
    ['timer.stop', { type: 'timer.stop', nonce: 'n' }],
  ])('%s is understood, and refused with an unknown key', (_, frame) => {
    expect(problemOf(frame)).toBeNull()
    expect(problemOf({ ...frame, more: 1 })).toBe('frame.invalid')
  })

  test.each(['', '{', 'null', '1', '"text"', '[]', '[{"type":"typing"}]', 'true'])('%j is broken', (text) => {
    expect(problemOf(text)).toBe('broken')
  })

  test.each([
    ['no nonce', { type: 'message.send', text: 'hi' }],
    ['an empty nonce', { type: 'message.send', nonce: '', text: 'hi' }],
    ['a long nonce', { type: 'message.send', nonce: 'n'.repeat(65), text: 'hi' }],
    ['a nonce with a space', { type: 'message.send', nonce: 'a b', text: 'hi' }],
    ['a number for a text', { type: 'message.send', nonce: 'n', text: 1 }],
    ['a text of white space', { type: 'message.send', nonce: 'n', text: ' \n\t\u3000' }],
    ['NUL', { type: 'message.send', nonce: 'n', text: 'a\0b' }],
    ['two emoji', { type: 'reaction.add', nonce: 'n', messageId: 'm', emoji: '👍👍' }],
    ['an answer to a number', { type: 'message.send', nonce: 'n', text: 'hi', replyTo: 1 }],
    ['an edit that answers', { type: 'message.edit', nonce: 'n', messageId: 'm', text: 'hi', replyTo: 'm' }],
    ['an unknown state', { type: 'status.set', state: 'away' }],
    ['a status of two lines', { type: 'status.set', state: 'idle', text: 'a\nb' }],
    ['a status too long', { type: 'status.set', state: 'idle', text: 'a'.repeat(101) }],
    ['a status of nothing', { type: 'status.set', state: 'idle', text: ' ' }],
    ['a status until some day', { type: 'status.set', state: 'idle', until: 'tomorrow' }],
    ['an invisible person with words', { type: 'status.set', state: 'invisible', text: 'psst' }],
    ['a negative seq', { type: 'read', seq: -1 }],
    ['a seq with a fraction', { type: 'read', seq: 1.5 }],
    ['typing with a field', { type: 'typing', on: true }],
    ['a timer without a nonce', { type: 'timer.start' }],
    ['an unknown pattern', { type: 'timer.start', nonce: 'n', pattern: '10/10' }],
    ['a pattern of nothing', { type: 'timer.start', nonce: 'n', pattern: null }],
    ['a pattern with a part missing', { type: 'timer.start', nonce: 'n', pattern: { ...pattern, rounds: undefined } }],
    ['a pattern with a part more', { type: 'timer.start', nonce: 'n', pattern: { ...pattern, more: 1 } }],
    ['work without end', { type: 'timer.start', nonce: 'n', pattern: { ...pattern, workMinutes: 181 } }],
    ['half a minute', { type: 'timer.start', nonce: 'n', pattern: { ...pattern, shortBreakMinutes: 0.5 } }],
    ['no round', { type: 'timer.start', nonce: 'n', pattern: { ...pattern, rounds: 0 } }],
    ['a pause with a pattern', { type: 'timer.pause', nonce: 'n', pattern: '25/5' }],
    ['a skip of phase -1', { type: 'timer.skip', nonce: 'n', phase: -1 }],
  ])('%s is invalid', (_, frame) => {
    expect(problemOf(frame)).toBe('frame.invalid')
  })

  test('half of a surrogate pair is invalid', () => {
    expect(problemOf('{"type":"message.send","nonce":"n","text":"\\ud800"}')).toBe('frame.invalid')
  })

  test('__proto__ is a key like any other: unknown', () => {
    expect(problemOf('{"type":"message.send","nonce":"n","__proto__":{"text":"hi"}}')).toBe('frame.invalid')
    expect(problemOf('{"__proto__":{"type":"typing"}}')).toBe('frame.unknown_type')
  })

  test('an invalid frame gives its nonce back, so that a client knows which', () => {
    expect(parseFrame('{"type":"message.send","nonce":"n7","text":""}')).toMatchObject({ nonce: 'n7' })
    expect(parseFrame('{"type":"later","nonce":"n8"}')).toMatchObject({ nonce: 'n8', code: 'frame.unknown_type' })
  })

  test('any text at all is understood, invalid or broken, and never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseFrame(text)))
  })
})

describe('L19 text', () => {
  test('counts code points, not code units', () => {
    expect(isMessageText('😀'.repeat(4000))).toBe(true)
    expect(isMessageText('😀'.repeat(4001))).toBe(false)
    expect(isMessageText('a'.repeat(4000))).toBe(true)
    expect(isMessageText('a'.repeat(4001))).toBe(false)
    expect(isMessageText('')).toBe(false)
  })

  test.each(['👍', '👍🏽', '❤️', '👨‍👩‍👧', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '1️⃣', '🇩🇪'])('%s is one emoji', (text) =>
    expect(isEmoji(text)).toBe(true),
  )
  test.each(['', 'a', '1', '❤', '👍 ', '👍a', '🇩', '🏽🏽', '#'])('%j is not an emoji', (text) =>
    expect(isEmoji(text)).toBe(false),
  )
})

test('only who was removed, or whose channel is gone, need not come back', () => {
  const final = Object.values(closeCodes).filter((code) => {
    const event = closingEvent(code)
    return event.type === 'closing' && !event.reconnect
  })
  expect(final).toEqual([4403, 4404])
})
