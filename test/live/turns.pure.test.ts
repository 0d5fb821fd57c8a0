import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ServerEvent } from '../../src/channels/live/protocol'
import { desk, noted, type Paper } from './desk'

/** How a large room that is busy is told: a part of its sockets at a time, spread over the window (L7). */

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void vi.useRealTimers())

function fullRoom(size: number) {
  const { sockets, enter, lagging } = desk()
  const papers = Array.from({ length: size }, (_, n) => enter(`u${n}`))
  sockets.settle()
  vi.runAllTimers()
  for (const paper of papers) paper.frames.length = 0
  let said = 0
  const say = () => {
    said += 1
    sockets.toAll(noted(said), false)
    sockets.settle()
  }
  /** Talks for a while, a message every so many milliseconds; the moments at which each socket was sent a frame. */
  const talk = (everyMs: number, forMs: number) => {
    const moments = papers.map(() => [] as number[])
    papers.forEach((paper, n) => {
      paper.onFrame = () => moments[n]?.push(Date.now())
    })
    for (let at = 0; at < forMs; at += 1) {
      if (at % everyMs === 0) say()
      vi.advanceTimersByTime(1)
    }
    vi.runAllTimers()
    return moments
  }
  return { sockets, enter, lagging, papers, say, talk, said: () => said }
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

test('L7 after a pause a room of 500 hears the first message at once, all of them', () => {
  const { papers, say } = fullRoom(500)
  vi.advanceTimersByTime(10_000)
  say()
  expect(papers.every(({ heard }) => heard.at(-1) === 1)).toBe(true)
})

test('L7 a busy room of 500 is told in five turns, evenly spread, and each waits no longer than the window', () => {
  const { talk } = fullRoom(500)
  const moments = talk(5, 1000)
  const late = moments.map((own) => own.filter((at) => at >= 1_010_500))
  const turns = new Set(late.flat().map((at) => Math.round(at)))
  const frames = late[0]?.length ?? 0
  expect(new Set(moments.map((own) => own.slice(-3).join(' '))).size).toBe(5)
  expect(turns.size).toBeGreaterThanOrEqual(5 * (frames - 1))
  const gaps = late.flatMap((own) => own.slice(1).map((at, n) => at - (own[n] ?? 0)))
  expect(Math.max(...gaps)).toBeLessThanOrEqual(52)
})

test('L7 turns cost no more frames than a window each: a second of talk is 25 a socket at most', () => {
  const { papers, talk, said } = fullRoom(500)
  talk(5, 1000)
  expect(said()).toBe(200)
  for (const { frames, heard } of papers) {
    expect(frames.length).toBeLessThanOrEqual(25)
    expect(heard).toEqual(upTo(200))
  }
})

test('L7 after a moment in which nothing could be told, all are told at once what there is', () => {
  for (let phase = 0; phase < 50; phase += 5) {
    const { papers, say, talk, said } = fullRoom(500)
    talk(5, 300)
    for (let n = 0; n < 20; n += 1) {
      say()
      vi.advanceTimersByTime(5)
    }
    vi.advanceTimersByTime(phase)
    // Timers come in their own time, and find that it is 80 ms later.
    vi.setSystemTime(Date.now() + 80)
    say()
    vi.advanceTimersByTime(16)
    expect([phase, papers.filter(({ heard }) => heard.at(-1) !== said()).length]).toEqual([phase, 0])
    vi.runAllTimers()
  }
})

test('L7 in turns everyone hears everything once and in order, whoever comes and goes', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          do: fc.constantFrom('say', 'say', 'say', 'enter', 'leave', 'ask', 'type'),
          who: fc.nat(400),
          after: fc.nat(30),
        }),
        { minLength: 20, maxLength: 120 },
      ),
      (steps) => {
        const { sockets, enter, say, said } = fullRoom(0)
        const here = new Map<string, { paper: Paper; from: number; acks: number }>()
        const gone: { paper: Paper; from: number; to: number }[] = []
        let names = 0
        const come = () => {
          names += 1
          here.set(`v${names}`, { paper: enter(`v${names}`), from: said(), acks: 0 })
        }
        for (let n = 0; n < 350; n += 1) come()
        for (const { do: act, who, after } of steps) {
          const [name, one] = [...here][who % here.size] ?? []
          if (act === 'say') say()
          else if (act === 'enter') come()
          else if (name === undefined || one === undefined) continue
          else if (act === 'leave') {
            sockets.close(`socket of ${name}`, 4403)
            here.delete(name)
            gone.push({ ...one, to: said() })
          } else if (act === 'ask') {
            sockets.toSocket(`socket of ${name}`, { type: 'ack' } as unknown as ServerEvent)
            one.acks += 1
          } else sockets.showTyping(name)
          sockets.settle()
          vi.advanceTimersByTime(after)
        }
        vi.runAllTimers()
        const messages = (paper: Paper) => paper.heard.filter((heard) => typeof heard === 'number')
        for (const { paper, from, acks } of here.values()) {
          expect(messages(paper)).toEqual(upTo(said()).slice(from))
          expect(paper.heard.filter((heard) => heard === 'ack')).toHaveLength(acks)
        }
        for (const { paper, from, to } of gone) expect(messages(paper)).toEqual(upTo(to).slice(from))
      },
    ),
    { numRuns: 60 },
  )
})

test('L21 who types is told to each turn, and nobody hears of themselves', () => {
  const { sockets, papers, talk } = fullRoom(300)
  talk(5, 200)
  for (const paper of papers) paper.frames.length = 0
  sockets.showTyping('u7')
  sockets.settle()
  vi.runAllTimers()
  papers.forEach(({ heard }, n) => {
    expect(heard).toEqual(n === 7 ? [] : ['typing'])
  })
})

test('L22 who owes too much is noticed in their turn, and nobody else', () => {
  const { sockets, talk, lagging } = fullRoom(300)
  sockets.toAll({ ...noted(0), text: 'x'.repeat(300_000) } as ServerEvent, false)
  sockets.settle()
  talk(5, 4000)
  expect(lagging).toEqual([])
  for (let n = 1; n < 300; n += 1) sockets.countSeen(`socket of u${n}`, 1e9)
  talk(5, 2000)
  expect(new Set(lagging)).toEqual(new Set(['u0']))
})
