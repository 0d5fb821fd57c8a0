/** The load generator: one process, pinned to a core of its own by whoever starts it, told what to do line by line. */
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { Crowd } from './crowd.ts'
import { requests } from './http-load.ts'
import type { Counted, Order, Talked } from './orders.ts'

let crowd: Crowd | null = null

function present(): Crowd {
  if (!crowd) throw new Error('nobody is connected')
  return crowd
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'connect':
      crowd = new Crowd(order.dialect, order.targets)
      return crowd.connect(order.targets, order.atOnce, order.timeoutMs)
    case 'talk':
      return talk(order)
    case 'burst':
      return burst(order)
    case 'requests':
      return requests(order)
    case 'idle':
      await pause(order.seconds * 1000)
      return counted()
    case 'cut':
      present().cut(order.sockets)
      return {}
    case 'reconnect':
      return present().reconnect(order.sockets, order.targets, order.resume, order.timeoutMs)
    case 'refetched':
      present().refetched(order.socket, order.ids)
      return {}
    case 'counts':
      return counted()
    case 'close':
      await crowd?.close()
      crowd = null
      return {}
  }
}

function counted(): Counted {
  const room = present()
  const { tally, closed, troubles, lastSeqs, heartbeats } = room
  return { ...tally.counts, ...room.traffic(), heartbeats, lastSeqs, closed, troubles }
}

/** Sends at a steady rate from rotating sockets, and measures what was sent after the warm-up. */
async function talk({
  rate,
  seconds,
  warmupSeconds,
  length,
  drainMs,
  reads = false,
}: Extract<Order, { do: 'talk' }>): Promise<Talked> {
  const room = present()
  room.reads = reads
  const { tally } = room
  await sendSteadily(room, rate, warmupSeconds, length)
  tally.startMeasuring()
  const before = { ...tally.counts, ...room.traffic(), cpu: process.cpuUsage(), at: performance.now() }
  await sendSteadily(room, rate, seconds, length)
  const took = (performance.now() - before.at) / 1000
  const { user, system } = process.cpuUsage(before.cpu)
  const after = { ...tally.counts, ...room.traffic() }
  tally.endMeasuring()
  await room.settled(drainMs)
  return {
    ...tally.counts,
    rate,
    seconds: took,
    sentPerSecond: (after.sent - before.sent) / took,
    deliveriesPerSecond: (after.deliveries - before.deliveries) / took,
    latency: tally.latency.summary(),
    ackLatency: tally.ackLatency.summary(),
    bytesIn: after.bytesIn - before.bytesIn,
    framesIn: after.framesIn - before.framesIn,
    cpu: (user + system) / 1e6 / took,
    closed: room.closed,
    troubles: room.troubles,
  }
}

async function sendSteadily(room: Crowd, rate: number, seconds: number, length: number): Promise<void> {
  const total = Math.round(rate * seconds)
  const startedAt = performance.now()
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate) + 1)
    for (; sent < due; sent += 1) room.say(length)
    // A timer may fire a little early or late; what is due is counted from the clock, not from ticks.
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** A few messages from one socket, and how long it takes until the last receiver has the last of them. */
async function burst({ messages, length, from, drainMs }: Extract<Order, { do: 'burst' }>) {
  const room = present()
  const startedAt = performance.now()
  const before = process.cpuUsage()
  room.tally.startMeasuring()
  for (let n = 0; n < messages; n += 1) room.say(length, from)
  room.tally.endMeasuring()
  await room.settled(drainMs)
  const { user, system } = process.cpuUsage(before)
  const cpu = (user + system) / 1000 / (performance.now() - startedAt)
  const { closed, troubles, tally } = room
  return { ...tally.counts, latency: tally.latency.summary(), cpu, closed, troubles }
}

const reply = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

// Orders may overlap: links are cut and mended while others talk. Each answer carries the number of its order.
for await (const line of createInterface({ input: process.stdin })) {
  const { order, number } = JSON.parse(line) as { order: Order; number: number }
  obey(order).then(
    (result) => reply({ number, result }),
    (error: Error) => reply({ number, error: error.stack ?? error.message }),
  )
}
process.exit(0)
