import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { assemble, type Cast } from './opposites/cast'
import { doors } from './opposites/doors'
import { judgements } from './opposites/judgements'
import { words } from './opposites/words'

let cast: Cast

beforeAll(async () => {
  cast = await assemble()
})

/** Who begins, and how many questions to the database the others wait for: turns the runtime takes in another order. */
const schedule = fc.record({
  backwards: fc.boolean(),
  waits: fc.array(fc.nat({ max: 6 }), { minLength: 5, maxLength: 5 }),
})

test.each(Object.entries({ ...words, ...doors, ...judgements }))(
  '%s: one outcome, whoever is first',
  async (_name, make) => {
    await fc.assert(
      fc.asyncProperty(schedule, async ({ backwards, waits }) => {
        const { doings, settled } = await make(cast)
        const begun = doings.map((doing, at) => async () => {
          for (let turn = waits[at] ?? 0; turn > 0; turn -= 1) await env.DB.prepare('SELECT 1').first()
          return [at, await doing()] as const
        })
        const done = await Promise.all((backwards ? begun.toReversed() : begun).map((one) => one()))
        const replies = done.toSorted(([a], [b]) => a - b).map(([, reply]) => reply)
        for (const { status, body } of replies) expect(status, JSON.stringify(body)).toBeLessThan(500)
        await settled(replies)
      }),
      { numRuns: 3 },
    )
  },
)
