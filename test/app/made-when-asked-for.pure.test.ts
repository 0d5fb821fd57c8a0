import { globSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** Of frames, which are checked many times a second, and of what sockets tell, which no Worker takes along. */
const ofSockets = new Set(['frame-schemas.ts', 'socket-schemas.ts', 'event-schemas.ts'])

/** The validator asks for their keys before any request. */
const ofHeaders = new Set(['bounceHeader', 'feedHeader'])

/** Declarations at the left margin that put schemas together right away. Sources are formatted, so lines say enough. */
function madeAtTheStart(source: string): string[] {
  const declarations = source.split(/\n(?=\S)(?![)}\]])/)
  return declarations.flatMap((text) => {
    const name = /^(?:export )?const (\w+) = (?!z\.lazy\()/.exec(text)?.[1]
    const isSchema = /^(?:export )?const \w+ = (?:z\b|pageOf\()/.test(text)
    const isPutTogether = /z\s*\.(?:object|strictObject|union|discriminatedUnion|array|record)\(|pageOf\(/.test(text)
    return name && isSchema && isPutTogether ? [name] : []
  })
}

test('schemas of requests and replies are made when they are asked for', () => {
  const paths = globSync('src/**/*schemas.ts', { cwd: root }).filter((path) => !ofSockets.has(basename(path)))
  expect(paths.length).toBeGreaterThan(30)
  const found = paths.flatMap((path) =>
    madeAtTheStart(readFileSync(resolve(root, path), 'utf8'))
      .filter((name) => !ofHeaders.has(name))
      .map((name) => `${path}: ${name}`),
  )
  expect(found).toEqual([])
})

test('one that is made at the start is found', () => {
  expect(
    madeAtTheStart("import * as z from 'zod'\n\nexport const reply = z\n  .object({\n    id: z.string(),\n  })\n"),
  ).toEqual(['reply'])
  expect(madeAtTheStart('const list = pageOf(reply)\n')).toEqual(['list'])
  expect(madeAtTheStart('export const reply = z.lazy(() => z.object({}))\nconst kind = z.enum([])\n')).toEqual([])
})

test('routes are made when they are asked for', () => {
  const paths = globSync('src/**/*.ts', { cwd: root })
  const found = paths.filter((path) =>
    /^(?:export )?const \w+ = new Hono\b/m.test(readFileSync(resolve(root, path), 'utf8')),
  )
  expect(found).toEqual([])
})
