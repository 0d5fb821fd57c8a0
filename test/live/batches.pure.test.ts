import { expect, test } from 'vitest'
import { batchOf, encode, joined } from '../../durable-objects/batches'
import type { ServerEvent } from '../../src/channels/live/protocol'
import { desk, noted } from './desk'

/** How what waits becomes frames. */

const words = ['plain', 'größer', '学习', '👩‍🎓', '"quoted"\n']

test('L7 a frame is the JSON of its events, and what is counted of it are its bytes on the wire', () => {
  const events = words.map((text, n) => ({ type: 'noted', n, text }))
  for (let count = 1; count <= events.length; count += 1) {
    const own = batchOf(events.slice(0, count).map(encode))
    expect(JSON.parse(own.frame)).toEqual(events.slice(0, count))
    const both = joined(own, batchOf(events.map(encode)))
    expect(JSON.parse(both.frame)).toEqual([...events.slice(0, count), ...events])
    for (const { frame, bytes, events: counted } of [own, both]) {
      expect(bytes).toBe(Buffer.byteLength(frame))
      expect(counted).toBe(JSON.parse(frame).length)
    }
  }
})

const toldBesideText = (length: number) => {
  const { sockets, enter } = desk()
  const [ada, ben] = [enter('ada'), enter('ben')]
  sockets.toAll({ ...noted(1), text: 'x'.repeat(length) } as ServerEvent, false)
  sockets.toSocket('socket of ada', noted(2))
  sockets.toAll(noted(3), false)
  sockets.flush(1)
  expect(ada.heard).toEqual(['ready', 2, 1, 3])
  expect(ben.heard).toEqual(['ready', 1, 3])
  return ada.frames.length - ben.frames.length
}

test('L15a what is a socket’s own comes first: in the frame of what all hear, or by itself where that is long', () => {
  expect(toldBesideText(1500)).toBe(0)
  expect(toldBesideText(2500)).toBe(1)
})
