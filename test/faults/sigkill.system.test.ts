import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Link, Person } from '../../scripts/demo/client'
import { DevServer } from '../support/dev-server'

const rounds = 5
let server: DevServer

beforeAll(async () => {
  server = await DevServer.create()
  await server.start()
})
afterAll(() => server?.remove())

interface Said {
  sender: string
  nonce: string
  /** Null until acknowledged. */
  seq: number | null
}

test('after five SIGKILLs every acknowledged message, membership and refresh is there exactly once, in order', async () => {
  const [owner, ...talkers] = await Promise.all(
    ['Olga', 'Tariq', 'Uma', 'Vera'].map((name) => Person.register(server.url, name)),
  )
  if (!owner) throw new Error('nobody registered')
  const joiners = await Promise.all(
    Array.from({ length: rounds * 3 }, (_, n) => Person.register(server.url, `Joiner ${n}`)),
  )
  const room = await owner.call<{ id: string }>('POST', '/rooms', { name: 'Under fire', maxParticipants: 100 })
  for (const talker of talkers) await talker.call('POST', `/rooms/${room.id}/join`)

  const said: Said[] = []
  const joined: string[] = []
  const tried: string[] = []
  let refreshes = 0
  const heardBy = new Map<string, number[]>()

  for (let round = 0; round < rounds; round += 1) {
    const links = await Promise.all(talkers.map((talker) => talker.connect(room.id)))
    let running = true
    const talk = talkers.map(async (talker, who) => {
      for (let n = 0; running; n += 1) {
        const entry: Said = { sender: talker.id, nonce: `r${round}-${n}`, seq: null }
        said.push(entry)
        const seq = await say(links[who] as Link, entry.nonce, `${talker.name} ${round}/${n}`)
        if (seq === null) return
        entry.seq = seq
      }
    })
    const join = joiners.slice(round * 3, round * 3 + 3).map(async (joiner) => {
      tried.push(joiner.id)
      const done = await joiner.call('POST', `/rooms/${room.id}/join`).then(
        () => true,
        () => false,
      )
      if (done) joined.push(joiner.id)
    })
    const refresh = (async () => {
      while (running) {
        if (await owner.refresh().catch(() => false)) refreshes += 1
        await pause(150)
      }
    })()

    await pause(500 + round * 170)
    await server.kill()
    running = false
    await Promise.all([...talk, ...join, refresh])
    for (const [who, link] of links.entries()) {
      const seqs = link.heard.flatMap(({ event }) =>
        event.type !== 'ready' && event.type !== 'ack' && event.seq ? [event.seq] : [],
      )
      const talker = talkers[who]
      if (talker) heardBy.set(`${talker.id}/${round}`, seqs)
    }
    await server.start()
    // The lost reply of the last refresh, if there was one, is recovered by the token the client still holds.
    expect(await owner.refresh()).toBe(true)
  }

  const acknowledged = said.filter(({ seq }) => seq !== null)
  expect(acknowledged.length).toBeGreaterThan(rounds * talkers.length)
  expect(refreshes).toBeGreaterThan(rounds)

  const history = await readAll(owner, room.id)
  const seqs = history.map(({ seq }) => seq)
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
  expect(new Set(seqs).size).toBe(seqs.length)
  const at = new Map(history.map((message) => [message.seq, message]))
  for (const { sender, nonce, seq } of acknowledged) {
    const message = at.get(seq as number)
    expect(message?.sender.id, `acknowledged ${nonce} at ${seq}`).toBe(sender)
  }
  // Every text is unique, so a message that was stored twice would show here, acknowledged or not.
  expect(new Set(history.map(({ text }) => text)).size).toBe(history.length)
  expect(history.length).toBeLessThanOrEqual(said.length)
  for (const heard of heardBy.values())
    expect(
      heard.every((seq, n) => n === 0 || seq === (heard[n - 1] ?? 0) + 1),
      'heard in order and without gaps',
    ).toBe(true)

  // Saying the unacknowledged again with its nonce ends in exactly one message each.
  const link = await Promise.all(talkers.map((talker) => talker.connect(room.id)))
  for (const [who, talker] of talkers.entries())
    for (const entry of said.filter(({ sender, seq }) => sender === talker.id && seq === null))
      entry.seq = await say(link[who] as Link, entry.nonce, `${talker.name} again`)
  const complete = await readAll(owner, room.id)
  expect(complete.length).toBe(said.length)

  const { data: members } = await owner.call<{ data: { user: { id: string } }[] }>(
    'GET',
    `/rooms/${room.id}/members?limit=100`,
  )
  const ids = members.map(({ user }) => user.id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of joined) expect(ids).toContain(id)
  const known = new Set([owner.id, ...talkers.map(({ id }) => id), ...tried])
  expect(ids.every((id) => known.has(id))).toBe(true)
  const { memberCount } = await owner.call<{ memberCount: number }>('GET', `/rooms/${room.id}`)
  expect(memberCount).toBe(ids.length)
})

/** The seq that the server acknowledged, or null when the link died first. */
async function say(link: Link, nonce: string, text: string): Promise<number | null> {
  try {
    link.send({ type: 'message.send', nonce, text })
    const { event } = await link.until(
      (heard) => (heard.type === 'ack' || heard.type === 'error') && heard.nonce === nonce,
    )
    if (event.type === 'error') throw new Error(`refused: ${event.code}`)
    return Number(event.seq)
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('refused')) throw error
    return null
  }
}

interface Stored {
  seq: number
  text: string
  sender: { id: string }
}

async function readAll(person: Person, channelId: string): Promise<Stored[]> {
  const all: Stored[] = []
  for (let after = 0; ; ) {
    const { data } = await person.call<{ data: Stored[] }>(
      'GET',
      `/channels/${channelId}/messages?after=${after}&limit=100`,
    )
    all.push(...data)
    const last = data.at(-1)
    if (!last) return all.sort((a, b) => a.seq - b.seq)
    after = Math.max(...data.map(({ seq }) => seq))
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
