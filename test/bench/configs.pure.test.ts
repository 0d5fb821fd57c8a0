import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { apartConfigs, benchConfig, raisedLimits } from '../../bench/lib/configs'

const read = (path = '') => readFileSync(path, 'utf8')
const count = (text: string, part: string) => text.split(part).length - 1

test('the configuration for load is the project’s own but for its limits', () => {
  const own = read('wrangler.toml')
  const made = read(benchConfig('src/index.ts'))
  expect(count(made, 'limit = 1000000')).toBe(count(own, '[[ratelimits]]'))
  expect(made).toContain('[assets]')
  expect(made.split('\n')).toHaveLength(own.split('\n').length)
})

test('apart, the first Worker uses the objects of the second and the pages of the third', async () => {
  const { config, beside = [], settings } = await apartConfigs()
  const [front, objects, pages] = [read(config), read(beside[0]), read(beside[1])]
  expect(count(front, 'script_name = "studyhall-objects"')).toBe(2)
  for (const left of ['[assets]', '[[migrations]]', '[durable_objects.code_update_strategy]'])
    expect(front).not.toContain(left)
  for (const kept of ['[[queues.consumers]]', '[triggers]', '[[d1_databases]]', '[alias]'])
    expect(front).toContain(kept)

  expect(objects).toContain('name = "studyhall-objects"')
  expect(count(objects, '[[migrations]]')).toBe(2)
  for (const left of ['[assets]', '[[queues.consumers]]', '[triggers]', 'script_name'])
    expect(objects).not.toContain(left)
  for (const kept of ['[[queues.producers]]', '[[d1_databases]]', '[alias]', '[placement]'])
    expect(objects).toContain(kept)
  // Both Workers have every setting, and the same secrets.
  expect(settings).toMatchObject(raisedLimits)
  for (const [name, value] of Object.entries(settings ?? {})) expect(objects).toContain(`${name} = '${value}'`)

  for (const text of [front, objects]) expect(count(text, 'service = "studyhall-pages"')).toBe(1)
  expect(pages).toContain('[assets]')
})
