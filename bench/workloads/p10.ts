import { shown, spread } from '../lib/stats.ts'
import { Studyhall } from '../lib/studyhall.ts'
import type { Workload } from '../lib/workload.ts'

export const p10: Workload = {
  id: 'p10',
  title: 'Coming back after 500 missed events: time and frames',
  minutes: 4,
  async run(run) {
    const missed = run.quick ? 50 : 500
    const server = await Studyhall.start()
    const people = await server.crowd(2)
    const [, away] = people
    if (!away) throw new Error('two people are needed')
    const room = await server.room(people)
    const generator = await run.generator()
    const targets = await server.targets(room, people, 2, true)
    await generator.order({ do: 'connect', dialect: 'studyhall', targets, atOnce: 2, timeoutMs: 10_000 })
    const rounds: {
      resumeMs: number
      frames: number
      bytes: number
      refetchMs: number
      calls: number
      lost: number
    }[] = []
    for (let round = 0; round < run.rounds * 2 && Date.now() < run.deadline; round += 1) {
      const since = (await generator.order({ do: 'counts' })).lastSeqs[1] ?? 0
      await generator.order({ do: 'cut', sockets: [1] })
      await generator.order({
        do: 'talk',
        rate: 500,
        seconds: missed / 500,
        warmupSeconds: 0,
        length: 120,
        drainMs: 300,
      })
      const again = (await server.targets(room, [away], 1, true)).slice(0, 1)
      const resumed = await generator.order({
        do: 'reconnect',
        ...{ sockets: [1], targets: again, resume: true, timeoutMs: 10_000 },
      })
      const { lost } = await generator.order({ do: 'counts' })
      const startedAt = performance.now()
      const calls = await refetch(away, room, since, missed)
      const refetchMs = performance.now() - startedAt
      rounds.push({ resumeMs: resumed.ms, frames: resumed.framesIn, bytes: resumed.bytesIn, refetchMs, calls, lost })
    }
    await generator.order({ do: 'close' })
    await server.stop()
    const of = (field: keyof (typeof rounds)[number]) => spread(rounds.map((r) => r[field]))
    return {
      findings: [
        {
          goal: `one round trip and at most 5 frames after ${missed} missed events`,
          result: `${shown(of('frames'))} frames, ready and resumed among them`,
          met: of('frames').max <= 5,
        },
        { goal: 'nothing lost', result: String(of('lost').max), met: of('lost').max === 0 },
      ],
      tables: [
        {
          title: `${missed} missed events`,
          columns: ['way', 'ms', 'frames or calls', 'bytes'],
          rows: [
            ['resume by socket, opening included', shown(of('resumeMs')), shown(of('frames')), shown(of('bytes'))],
            ['refetch over HTTP, 100 a page', shown(of('refetchMs')), shown(of('calls')), '–'],
          ],
        },
      ],
      raw: rounds,
    }
  },
}

type Person = Awaited<ReturnType<Studyhall['crowd']>>[number]
interface Page {
  data: { seq: number; text: string }[]
}

async function refetch(person: Person, room: string, since: number, atLeast: number): Promise<number> {
  let calls = 0
  for (let after = since, got = 0; got < atLeast; ) {
    const { data } = await person.call<Page>('GET', `/channels/${room}/messages?after=${after}&limit=100`)
    calls += 1
    if (data.length === 0) break
    got += data.length
    after = Math.max(...data.map(({ seq }) => seq))
  }
  return calls
}
