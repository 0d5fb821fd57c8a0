import { afterEach, expect, test, vi } from 'vitest'
import type { ServerEvent } from '../../src/channels/live/protocol'
import { desk, noted } from './desk'
import { limits } from './support'

/** What one turn of an object sends, with sockets that only write down what they are sent. */

afterEach(() => void vi.useRealTimers())

test('L4 who comes in hears nothing that is older than its ready, and makes nobody be sent a frame', () => {
  const { sockets, enter } = desk()
  const ada = enter('ada')
  sockets.toAll(noted(1), false)
  const ben = enter('ben')
  sockets.toAll(noted(2), true)
  const cy = enter('cy')
  sockets.toAll(noted(3), false)
  expect([ada, ben, cy].map(({ frames }) => frames.length)).toEqual([1, 1, 1])

  sockets.flush(1)
  expect(ada.heard).toEqual(['ready', 1, 2, 3])
  expect(ben.heard).toEqual(['ready', 2, 3])
  expect(cy.heard).toEqual(['ready', 3])
  sockets.toAll(noted(4), false)
  sockets.flush(2)
  for (const { heard, frames } of [ada, ben, cy]) {
    expect(heard.at(-1)).toBe(4)
    expect(frames.length).toBe(3)
  }
})

test('L4 a hundred who come in one window cost two frames each, not one for each pair', () => {
  const { sockets, enter } = desk()
  const papers = Array.from({ length: 100 }, (_, n) => {
    const paper = enter(`u${n}`)
    sockets.toAll(noted(n), true)
    return paper
  })
  sockets.flush(1)
  expect(papers.map(({ frames }) => frames.length)).toEqual(papers.map(() => 2))
  papers.forEach(({ heard }, n) => {
    expect(heard).toEqual(['ready', ...Array.from({ length: 100 - n }, (_, rest) => n + rest)])
  })
})

test('L13 what was replayed while it was pending does not come twice', () => {
  const log = [1, 2].map((seq) => ({ seq, event: noted(seq) }))
  const { sockets, enter } = desk(() => log)
  const ada = enter('ada')
  for (const { event } of log) sockets.toAll(event, false)
  const ben = enter('ben', 0)
  sockets.toAll(noted(3), false)
  sockets.flush(1)
  expect(ada.heard).toEqual(['ready', 1, 2, 3])
  expect(ben.heard).toEqual(['ready', 1, 2, 'resumed', 3])
})

test('L4 what happens during a long replay is heard once, as part of it', () => {
  vi.useFakeTimers()
  const log = Array.from({ length: 1200 }, (_, n) => ({ seq: n + 1, event: noted(n + 1) }))
  const { sockets, enter } = desk((after) => log.filter(({ seq }) => seq > after).slice(0, 1000))
  const ada = enter('ada', 0)
  expect(ada.heard).toHaveLength(1001)
  log.push({ seq: 1201, event: noted(1201) })
  sockets.toAll(noted(1201), false)
  sockets.flush(1)
  expect(ada.heard).toHaveLength(1001)
  vi.runAllTimers()
  // -1 is who is here by then.
  expect(ada.heard).toEqual(['ready', ...log.map(({ seq }) => seq), 'resumed', -1])
})

test('L22 a socket that owes much hears of what is newer than its ready only what it could not find again', () => {
  const { sockets, enter } = desk()
  sockets.toAll(noted(0), false)
  const ada = enter('ada')
  sockets.toAll({ ...noted(1), text: 'x'.repeat(limits.ROOM_BACKLOG_BYTES_PER_SOCKET) } as ServerEvent, false)
  sockets.flush(1)
  const ben = enter('ben')
  sockets.toAll(noted(2), true)
  sockets.toAll(noted(3), false)
  sockets.flush(2)
  expect(ada.heard).toEqual(['ready', 1, 3])
  expect(ben.heard).toEqual(['ready', 2, 3])
})

test('L5 who is closed hears first what was pending, alone, and once', () => {
  const { sockets, enter } = desk()
  const [ada, ben] = [enter('ada'), enter('ben')]
  sockets.toAll(noted(1), false)
  sockets.close('socket of ada', 4403)
  expect(ada.heard.slice(0, 2)).toEqual(['ready', 1])
  expect(ada.closedWith).toBe(4403)
  expect(ben.heard).toEqual(['ready'])
  const told = ada.frames.length
  sockets.flush(1)
  expect(ben.heard).toEqual(['ready', 1])
  expect(ada.frames.length).toBe(told)
})
