import type { Requests } from '../lib/http-load.ts'
import { generatorLimit } from '../lib/load.ts'
import { cpuSeconds } from '../lib/processes.ts'
import { missingForStored, startNode, startPostgres } from '../lib/servers.ts'
import { number, ratios, shown, spread } from '../lib/stats.ts'
import { Studyhall } from '../lib/studyhall.ts'
import type { Workload } from '../lib/workload.ts'

const body = 'The quiet hour begins, open your books. '.repeat(10).trim()
const kinds = ['get the room', 'list notes', 'create a note'] as const

interface Server {
  label: string
  pids(): number[]
  port(): Promise<number>
  prefix: string
  room: string
  token: string
}

interface Round {
  server: string
  kind: string
  perSecond: number
  p50: number
  p99: number
  failed: number
  cpu: number
  serverCpu: number
}

export const p6: Workload = {
  id: 'p6',
  title: 'Requests per second and p99 of a signed-in GET, a list and a POST',
  minutes: 5,
  async run(run) {
    const missing = missingForStored()
    const ours = await Studyhall.start()
    const servers = [await studyhallServer(ours)]
    const stops = [() => ours.stop()]
    if (missing) run.say(`Left out: Express and PostgreSQL, because ${missing}.`)
    else {
      const postgres = await startPostgres()
      const node = await startNode('express.js', { DATABASE_URL: postgres.url })
      const token = await (await fetch(`http://127.0.0.1:${node.port}/token`)).text()
      const pids = () => [...node.pids(), ...postgres.pids()]
      servers.push({
        label: 'Express, PostgreSQL',
        pids,
        port: async () => node.port,
        prefix: '',
        room: 'room_1',
        token,
      })
      stops.push(node.stop, postgres.stop)
    }
    const generator = await run.generator()
    const rounds: Round[] = []
    for (let round = 0; round < run.rounds && Date.now() < run.deadline; round += 1)
      for (const kind of kinds)
        for (const server of servers) {
          const pids = server.pids()
          const order = { ...(await requestOf(server, kind)), concurrency: 16, seconds: run.quick ? 1 : 4 }
          const before = cpuSeconds(pids)
          const { perSecond, latency, failed, cpu } = await generator.order({ do: 'requests', ...order })
          const serverCpu = (cpuSeconds(pids) - before) / order.seconds
          if (cpu >= generatorLimit) run.say(`${server.label}: ${kind}: not reported, the generator was the bottleneck`)
          else
            rounds.push({
              ...{ server: server.label, kind, perSecond, p50: latency.p50, p99: latency.p99 },
              ...{ failed, cpu, serverCpu },
            })
          run.say(`${server.label}: ${kind}: ${number(perSecond)}/s, p99 ${number(latency.p99)} ms, ${failed} failed`)
        }
    for (const stop of stops) await stop()
    type Field = 'perSecond' | 'p50' | 'p99' | 'failed' | 'serverCpu'
    const values = (server: string, kind: string, field: Field) =>
      rounds.filter((r) => r.server === server && r.kind === kind).map((r) => r[field])
    const [first, second] = servers
    return {
      findings: kinds.map((kind) => ({
        goal: `${kind}: requests per second against Express and PostgreSQL (no goal)`,
        result: shown(
          ratios(values(first?.label ?? '', kind, 'perSecond'), values(second?.label ?? '', kind, 'perSecond')),
          '×',
        ),
        met: null,
      })),
      tables: [
        {
          title: '16 requests under way at once',
          columns: ['request', 'server', 'a second', 'p50 ms', 'p99 ms', 'failed', 'server CPU %'],
          rows: kinds.flatMap((kind) =>
            servers.map(({ label }) => [
              ...[kind, label],
              ...(['perSecond', 'p50', 'p99', 'failed'] as const).map((field) =>
                shown(spread(values(label, kind, field))),
              ),
              shown(spread(values(label, kind, 'serverCpu').map((share) => share * 100))),
            ]),
          ),
        },
      ],
      notes: [
        'A note of 399 characters, which both index for the search as they write it.',
        'Local D1 is an emulation behind two hops, and deployed D1 is a network away: neither number is that of a deployment.',
        'The peer has one process of Node without the cross-site, shield, header and log work that our frame does on each request.',
      ],
      raw: rounds,
    }
  },
}

async function studyhallServer(ours: Studyhall): Promise<Server> {
  const people = await ours.crowd(1)
  const room = await ours.room(people)
  const token = people[0]?.bearer ?? ''
  const port = () => ours.port(true)
  return { label: 'Studyhall', pids: () => ours.pids(), port, prefix: '/api/v1', room, token }
}

async function requestOf(
  server: Server,
  kind: (typeof kinds)[number],
): Promise<Omit<Requests, 'concurrency' | 'seconds'>> {
  const place = { host: '127.0.0.1', port: await server.port() }
  const headers = { Authorization: `Bearer ${server.token}` }
  const notes = `${server.prefix}/notes`
  if (kind === 'get the room')
    return { ...place, method: 'GET', path: `${server.prefix}/rooms/${server.room}`, headers }
  if (kind === 'list notes') return { ...place, method: 'GET', path: `${notes}?mine=true`, headers }
  const note = JSON.stringify({ title: 'Note {n}', body, visibility: 'public' })
  const type = { 'Content-Type': 'application/json' }
  return { ...place, method: 'POST', path: notes, headers: { ...headers, ...type }, body: note }
}
