import { behaviour, type Consumption, fleetPerMonth, monthly, studentsFor } from '../cost.ts'
import type { Counts } from '../counting/counts.ts'
import { cpuSeconds } from '../lib/processes.ts'
import { number } from '../lib/stats.ts'
import { fewAtOnce, Studyhall } from '../lib/studyhall.ts'
import type { Run, Workload } from '../lib/workload.ts'
import { fleet, planPerMonth, readOn } from '../prices.ts'

export const p12: Workload = {
  id: 'p12',
  title: 'Price of 1,000 concurrent students for a month, from counted requests, rows, wake-ups and storage',
  minutes: 8,
  async run(run) {
    const counted = await count(run)
    const { lines, total, withoutAllowances } = monthly(counted)
    const dollars = (value: number) => `$${value.toFixed(2)}`
    return {
      findings: [
        { goal: 'price per month (no goal)', result: dollars(total), met: null },
        { goal: 'the same without what the plan includes', result: dollars(withoutAllowances), met: null },
        { goal: 'a small fleet for the replaced design', result: dollars(fleetPerMonth()), met: null },
        {
          goal: 'students who are always there for the price of that fleet',
          result: String(studentsFor(fleetPerMonth(), counted)),
          met: null,
        },
      ],
      tables: [
        {
          title: `A month of ${behaviour.students} students who are always there (prices of ${readOn})`,
          columns: ['meter', 'a month', 'dollars beyond what is included'],
          rows: [
            ['Workers Paid plan', '', dollars(planPerMonth)],
            ...lines.map(({ unit, perMonth, dollars: cost }) => [
              unit,
              Math.round(perMonth).toLocaleString('en-US'),
              dollars(cost),
            ]),
          ],
        },
        {
          title: 'Counted, for one of each',
          columns: [
            'what',
            'requests',
            'D1 rows read',
            'D1 rows written',
            'object requests',
            'object rows read',
            'object rows written',
            'awake ms',
            'CPU ms',
          ],
          rows: (Object.keys(counted) as (keyof Consumption)[]).map((what) => {
            const c: Counts & { cpuMs?: number } = counted[what]
            const { object } = c
            const calls = object.rpc + object.fetches + object.alarms + object.socketMessages
            const values = [c.requests, c.d1.rowsRead, c.d1.rowsWritten, calls, object.rowsRead, object.rowsWritten]
            return [what, ...[...values, object.activeMs, c.cpuMs ?? Number.NaN].map(number)]
          }),
        },
        {
          title: 'The fleet',
          columns: ['what', 'count', 'each'],
          rows: fleet.map(({ what, count: many, perMonth }) => [what, String(many), dollars(perMonth)]),
        },
      ],
      notes: [
        `Assumed: ${Object.entries(behaviour)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}.`,
        'CPU is that of all processes that serve, the proxy of the development tools included: more than a deployed Worker is billed for.',
        'A message is counted at the pace of such a room, with what comes of it: the nine others read it, and say so; the search index; the report to D1; the marks that inboxes hear of; without what the sweeps of room and inboxes do meanwhile.',
        'Setting an alarm counts as a row written, as it is billed.',
        'Awake is an object while it does something, and while a timer runs, as where events wait for company; while it only waits for its sockets it is not billed for time.',
        'Each student has two sockets open all the time, to the room and to their inbox. Heartbeats are answered without waking the object; they are counted as incoming messages all the same.',
        'The fleet is not billed by use: at a tenth of the students it costs the same, and Studyhall costs less. It needs somebody to look after it; that is not in its price.',
      ],
      raw: { counted, lines },
    }
  },
}

async function count(run: Run): Promise<Consumption> {
  const server = await Studyhall.start({}, 'bench/counting/worker.ts')
  const size = behaviour.studentsPerRoom
  const people = await server.crowd(size)
  const room = await server.room(people)
  const generator = await run.generator()
  const measure = async (times: number, act: () => Promise<unknown>) => {
    await server.counts()
    const before = cpuSeconds(server.pids())
    await act()
    const cpuMs = ((cpuSeconds(server.pids()) - before) * 1000) / times
    return { ...divided(await server.counts(), times), cpuMs }
  }

  // An inbox is made once in a life, and not with each arrival.
  const closeFirst = await server.inboxes(people)
  closeFirst()
  const refresh = await measure(size, () => fewAtOnce(people, (person) => person.refresh()))
  let closeInboxes = () => {}
  const arrival = await measure(size, async () => {
    await fewAtOnce(people, async (person) => {
      await person.refresh()
      await person.call('GET', `/rooms/${room}`)
      await person.call('GET', `/rooms/${room}/members`)
      await person.call('GET', `/channels/${room}/messages`)
    })
    const targets = await server.targets(room, people, size, true)
    await generator.order({ do: 'connect', dialect: 'studyhall', targets, atOnce: size, timeoutMs: 20_000 })
    closeInboxes = await server.inboxes(people)
    await generator.order({ do: 'idle', seconds: 2 })
  })

  // What a message takes on the disk is measured by many of them.
  const many = run.quick ? 50 : 2000
  const storedBefore = (await touched(server, people[0]!, room)).room.storedBytes
  const quickly = { do: 'talk', rate: 100, seconds: many / 100, warmupSeconds: 0, length: 120, drainMs: 2000 } as const
  await generator.order(quickly)
  // The search writes into its index what was not, which otherwise happens after ten minutes.
  const indexed = await measure(many, () => people[0]!.call('GET', `/channels/${room}/search?q=hour`))
  const stored = (await touched(server, people[0]!, room)).room.storedBytes - storedBefore
  // As far apart as they are in such a room, so that hardly any two share a window or a report; and everybody reads them.
  const apart = run.quick ? 2 : 3600 / (behaviour.messagesPerStudentHour * size)
  const messages = run.quick ? 2 : 10
  const talk = { do: 'talk', rate: 1 / apart, seconds: messages * apart, warmupSeconds: 0, length: 120 } as const
  const message = await measure(messages, async () => {
    await generator.order({ ...talk, drainMs: 500, reads: true })
    // Until the last marks have reached the inboxes.
    await generator.order({ do: 'idle', seconds: run.quick ? 2 : 65 })
  })
  const messageSeconds = messages * apart + (run.quick ? 2 : 65)
  for (const meter of ['rowsRead', 'rowsWritten'] as const) message.object[meter] += indexed.object[meter]

  const idleSeconds = run.quick ? 5 : 125
  await server.counts()
  const idleFrom = cpuSeconds(server.pids())
  await generator.order({ do: 'idle', seconds: idleSeconds })
  // What the tools use while nothing happens is no part of a message, and a message takes half a minute here.
  const idleShare = (cpuSeconds(server.pids()) - idleFrom) / idleSeconds
  message.cpuMs = Math.max(0, message.cpuMs - (idleShare * 1000 * messageSeconds) / messages)
  const idle = await server.counts()
  const idleHour = divided(idle, idleSeconds / 3600)
  // Neither is what sweeps do meanwhile, which the idle hours have in them.
  const share = messageSeconds / idleSeconds / messages
  for (const meter of Object.keys(message.object) as (keyof Counts['object'])[])
    message.object[meter] = Math.max(0, message.object[meter] - idle.object[meter] * share)
  await server.hasten('access', room, people)
  await generator.order({ do: 'idle', seconds: 2 })
  const accessCheck = await server.counts()
  closeInboxes()
  await generator.order({ do: 'close' })
  await server.stop()
  return { arrival, refresh, message: { ...message, storedBytes: stored / many }, idleHour, accessCheck }
}

type Person = Awaited<ReturnType<Studyhall['crowd']>>[number]

/** Counts, with the room's object awake so that its size is among them. */
async function touched(server: Studyhall, person: Person, room: string): Promise<Counts> {
  await person.call('GET', `/channels/${room}/messages?limit=1`)
  return server.counts()
}

function divided(counts: Counts, by: number): Counts {
  const each = <T extends Record<string, number>>(record: T) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, value / by])) as T
  return { requests: counts.requests / by, d1: each(counts.d1), object: each(counts.object), room: each(counts.room) }
}
