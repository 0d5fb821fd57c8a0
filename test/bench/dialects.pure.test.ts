import { expect, test } from 'vitest'
import { dialects, type Hearing, textOf } from '../../bench/lib/dialects'
import type { Wire } from '../../bench/lib/wire'

const nothing = () => {}
const hearing: Hearing = { ready: nothing, acked: nothing, trouble: nothing, resumed: nothing, seq: nothing }
const created = (id: number) => ({ type: 'message.created', seq: id, message: { text: textOf(id, 120) } })

test('a frame that ends like one known before gives all of its messages, and acks before a known one give those of that', () => {
  const dialect = dialects.studyhall()
  const read = (...events: object[]) => dialect.read({} as Wire, Buffer.from(JSON.stringify(events)), hearing)
  expect(read(created(3), created(4)).ids).toEqual([3, 4])
  expect(read(created(1), created(2), created(3), created(4)).ids).toEqual([1, 2, 3, 4])
  expect(read({ type: 'ack', nonce: 'n9' }, created(3), created(4)).ids).toEqual([3, 4])
})
