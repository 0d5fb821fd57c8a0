import { expect, test } from 'vitest'
import { dialects } from '../../bench/lib/dialects.ts'
import { ratios, spread } from '../../bench/lib/stats.ts'
import { Tally } from '../../bench/lib/tally.ts'
import type { Wire } from '../../bench/lib/wire.ts'

function said(tally: Tally, count: number): number[] {
  return Array.from({ length: count }, () => tally.send(0))
}

function hear(tally: Tally, socket: number, ids: number[]): void {
  tally.heard(socket, ids, tally.order(ids), 1)
}

test('who hears everything in the order of the room has lost, doubled and reordered nothing', () => {
  const tally = new Tally(2)
  const ids = said(tally, 5)
  hear(tally, 0, ids)
  hear(tally, 1, ids.slice(0, 2))
  hear(tally, 1, ids.slice(2))
  expect(tally.counts).toMatchObject({ sent: 5, deliveries: 10, lost: 0, doubled: 0, reordered: 0 })
})

test('what one socket misses, hears twice or hears late is counted for what it is', () => {
  const tally = new Tally(2)
  const [a = 0, b = 0, c = 0, d = 0] = said(tally, 4)
  hear(tally, 0, [a, b, c, d])
  for (const id of [a, c, b, c]) hear(tally, 1, [id])
  expect(tally.counts).toMatchObject({ lost: 1, doubled: 1, reordered: 1 })
})

test('a message that nobody hears is lost for all', () => {
  const tally = new Tally(3)
  said(tally, 1)
  expect(tally.counts.lost).toBe(3)
})

test('a socket that joins later owes nothing of what was said before', () => {
  const tally = new Tally(2)
  const before = said(tally, 3)
  hear(tally, 0, before)
  tally.join(1)
  const after = said(tally, 2)
  hear(tally, 0, after)
  hear(tally, 1, after)
  expect(tally.counts).toMatchObject({ lost: 0, doubled: 0, reordered: 0 })
})

test('a frame that begins with the acks of one socket is read as the shared one behind them', () => {
  const acked: number[] = []
  const hearing = { ready() {}, trouble() {}, resumed() {}, seq() {}, acked: (id: number) => acked.push(id) }
  const dialect = dialects.studyhall()
  const wire = {} as Wire
  const event = (id: number) =>
    JSON.stringify({ type: 'message.created', seq: id, message: { text: `#${String(id).padStart(10, '0')}# hello` } })
  const shared = `${event(7)},${event(8)}`
  expect(dialect.read(wire, Buffer.from(`[${shared}]`), hearing)).toEqual({ ids: [7, 8], events: 2 })
  const { nonce } = JSON.parse(dialect.message(8, 'hello'))
  const withAck = `[{"type":"ack","nonce":"${nonce}","id":"msg_1","seq":8},${shared}]`
  expect(dialect.read(wire, Buffer.from(withAck), hearing)).toEqual({ ids: [7, 8], events: 3 })
  expect(acked).toEqual([8])
})

test('ratios are made round by round, and a round without a result is left out', () => {
  expect(ratios([10, 40, 90], [1, 2, 3]).median).toBe(20)
  expect(spread([3, Number.NaN, 1])).toEqual({ median: 2, min: 1, max: 3, rounds: 2 })
})
