import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { writeFile } from '../../src/privacy/export-file'

/** Pieces whose characters fall across the border between two parts. */
async function* pieces(count: number, piece: string) {
  for (let at = 0; at < count; at += 1) yield piece
}

test.each([
  ['nothing', 0, 'x'],
  ['a few words', 3, 'Grüße, 李! '],
  ['exactly one part', 8, 'x'.repeat(1024 * 1024)],
  ['more than two parts', 1801, `${'李'.repeat(3333)}é`],
])('a file of %s is written as it is', async (what, count, piece) => {
  const key = `exports/${what}`
  const bytes = await writeFile(env.FILES, key, pieces(count, piece))
  expect(bytes).toBe(count * new TextEncoder().encode(piece).length)
  const file = await env.FILES.get(key)
  expect(file?.size).toBe(bytes)
  const text = (await file?.text()) ?? ''
  expect(text === piece.repeat(count)).toBe(true)
})

test('what breaks off leaves no file', async () => {
  async function* broken() {
    yield 'x'.repeat(9 * 1024 * 1024)
    throw new Error('the room is away')
  }
  await expect(writeFile(env.FILES, 'exports/broken', broken())).rejects.toThrow('the room is away')
  expect(await env.FILES.head('exports/broken')).toBeNull()
})
