// biome-ignore-all lint/suspicious/noTemplateCurlyInString: pieces of source code are what is tested here
import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findProblems, type Sources } from './support/architecture'
import { isBarrel, listImports, maskSource } from './support/source'

const root = resolve(import.meta.dirname, '..')

test('every file of Studyhall imports only what its role may', () => {
  const paths = globSync(['src/**/*.ts', 'durable-objects/**/*.ts'], { cwd: root })
  const sources = Object.fromEntries(
    paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(resolve(root, path), 'utf8')]),
  )
  expect(Object.keys(sources).length).toBeGreaterThan(30)
  expect(findProblems(sources).join('\n')).toBe('')
})

test('no file has more than 300 lines: one that holds two subjects becomes two files', () => {
  const paths = globSync(['src/**/*.ts', 'durable-objects/**/*.ts', 'scripts/**/*.ts'], { cwd: root })
  const found = paths.filter((path) => readFileSync(resolve(root, path), 'utf8').split('\n').length > 301)
  expect(found).toEqual([])
})

/** A small house in which every rule is kept. */
const house: Sources = {
  'src/index.ts': "export { StudyRoom } from '../durable-objects/study-room'\nimport { app } from './app/api'",
  'src/app/api.ts': "import { Hono } from 'hono'\nimport { noteRoutes } from '../notes/routes'\nc.env.DB; Date.now()",
  'src/app/context.ts': 'export interface Ctx {}',
  'src/app/guards.ts': "import { requireSession } from '../auth/actions'",
  'src/shared/errors.ts': 'export const defineError = 1',
  'src/shared/db.ts': "import { drizzle } from 'drizzle-orm/d1'",
  'src/shared/validate.ts': "import { zValidator } from '@hono/zod-validator'",
  'src/shared/ids.ts': 'crypto.randomUUID()',
  'src/auth/tables.ts': "import { text } from 'drizzle-orm/sqlite-core'",
  'src/auth/actions.ts': "import { findSession } from './store'",
  'src/auth/store.ts': "import { eq } from 'drizzle-orm'",
  'src/audit/actions.ts': 'export const auditEvent = 1',
  'src/notes/tables.ts': "import { users } from '../auth/tables'",
  'src/notes/errors.ts': "import { defineError } from '../shared/errors'",
  'src/notes/rules.ts': "import type { Note } from './tables'\nexport const ends = (at: number) => new Date(at)",
  'src/notes/store.ts': "import { notes } from './tables'\nimport { auditEvent } from '../audit/actions'",
  'src/notes/actions.ts':
    "import type { Ctx } from '../app/context'\nimport { findNote } from './store'\nimport { requireSession } from '../auth/actions'",
  'src/notes/routes.ts':
    "import { Hono } from 'hono'\nimport { signedIn } from '../app/guards'\nimport { showNote } from './actions'",
  'src/channels/live/room.ts': "import { isEmoji } from './chat'\nimport type { Ctx } from '../../app/context'",
  'src/channels/live/chat.ts': 'export const isEmoji = 1',
  'src/channels/live/log.ts': 'export const append = 1',
  'durable-objects/study-room.ts':
    "import { DurableObject } from 'cloudflare:workers'\nimport { apply } from '../src/channels/live/room'",
}

test('the small house has no problems', () => {
  expect(findProblems(house)).toEqual([])
})

const breaches: [rule: string, path: string, text: string, message: RegExp][] = [
  [
    'routes do not reach past actions',
    'src/notes/routes.ts',
    "import { x } from './store'",
    /routes may not import store/,
  ],
  [
    'a store does not call use cases',
    'src/notes/store.ts',
    "import { x } from './actions'",
    /store may not import actions/,
  ],
  ['a store has no hono', 'src/notes/store.ts', "import { Hono } from 'hono'", /only routes\.ts and app\/ import hono/],
  ['actions have no drizzle', 'src/notes/actions.ts', "import { eq } from 'drizzle-orm'", /import drizzle/],
  ['types of drizzle count, too', 'src/notes/actions.ts', "import type { SQL } from 'drizzle-orm'", /import drizzle/],
  [
    'actions do not build routes',
    'src/notes/actions.ts',
    "import { x } from './routes'",
    /actions may not import routes/,
  ],
  ['a store is private', 'src/notes/actions.ts', "import { x } from '../auth/store'", /private to its domain/],
  ['even as a type', 'src/notes/actions.ts', "import type { X } from '../auth/store'", /private to its domain/],
  ['app uses no store', 'src/app/guards.ts', "import { x } from '../auth/store'", /private to its domain/],
  ['app reads no tables', 'src/app/guards.ts', "import { x } from '../auth/tables'", /app\/ reads no tables/],
  ['rules are pure', 'src/notes/rules.ts', "import { x } from './store'", /rules may not import store/],
  ['rules take types only', 'src/notes/rules.ts', "import { x } from '../shared/ids'", /rules may not import/],
  ['errors know only errors', 'src/notes/errors.ts', "import { x } from '../shared/db'", /errors may not import/],
  ['schemas know no tables', 'src/notes/schemas.ts', "import { x } from './tables'", /schemas may not import tables/],
  ['tables know only tables', 'src/notes/tables.ts', "import { x } from './errors'", /tables may not import errors/],
  ['domains take types of app', 'src/notes/actions.ts', "import { x } from '../app/config'", /only routes import app/],
  ['jobs send no replies', 'src/notes/jobs.ts', "import { x } from './routes'", /jobs may not import routes/],
  ['adapters know nothing of us', 'src/notes/adapters/mail.ts', "import { x } from '../store'", /adapters may not/],
  [
    'shared is free of domains',
    'src/shared/db.ts',
    "import type { X } from '../notes/tables'",
    /shared\/ knows nothing/,
  ],
  ['the platform stays outside', 'src/notes/actions.ts', "import { env } from 'cloudflare:workers'", /cloudflare:\*/],
  [
    'objects hold no rules of D1',
    'durable-objects/study-room.ts',
    "import { x } from '../src/notes/actions'",
    /an object imports/,
  ],
  ['the environment is read in app', 'src/notes/routes.ts', 'const x = c.env.DB', /read in app\/ only/],
  ['also without c', 'src/notes/store.ts', 'const x = env.DB', /read in app\/ only/],
  ['no clock', 'src/notes/actions.ts', '\nconst now = Date.now()', /actions\.ts:2 Date\.now: clock/],
  ['no present time', 'src/notes/actions.ts', 'const now = new Date()', /come through Ctx/],
  ['no chance', 'src/notes/actions.ts', 'const x = Math.random()', /come through Ctx/],
  ['no ids of its own', 'src/notes/actions.ts', 'const x = crypto.randomUUID()', /come through Ctx/],
  ['also between templates', 'src/notes/actions.ts', 'const x = `a ${crypto.randomUUID()}`', /come through Ctx/],
  ['no barrels', 'src/notes/actions.ts', "export { a } from './rules'\nexport * from './store'", /is a barrel/],
  ['no utils.ts', 'src/notes/utils.ts', 'export const x = 1', /name for anything/],
  ['no types.ts', 'src/notes/types.ts', 'export type X = 1', /name for anything/],
  ['the core has no database', 'src/channels/live/chat.ts', "import { x } from './store'", /core may not import store/],
  ['the core has no packages', 'src/channels/live/room.ts', "import { z } from 'zod'", /the live core imports/],
  ['the core has no storage', 'src/channels/live/room.ts', "import { append } from './log'", /the live core imports/],
  [
    'nor has what it reaches',
    'src/channels/live/chat.ts',
    "import { line } from '../../shared/text'",
    /chat\.ts:1 the live core/,
  ],
  [
    'the core waits for nothing',
    'src/channels/live/chat.ts',
    'export const x = async () => 1',
    /the live core is pure/,
  ],
  [
    'domains go one way',
    'src/auth/actions.ts',
    "import { x } from '../notes/actions'",
    /circle: auth -> notes -> auth/,
  ],
]

test.each(breaches)('%s', (_rule, path, text, message) => {
  expect(findProblems({ ...house, [path]: text }).join('\n')).toMatch(message)
})

describe('the import scanner', () => {
  test('sees every form of import, its line, and whether types are all there is', () => {
    const source = [
      "import a from 'one'",
      "import type { B } from 'two'",
      "import { type C, type D } from 'three'",
      "import { type E, f } from 'four'",
      "import * as g from 'five'",
      "import 'six'",
      "export { h } from 'seven'",
      "export type { I } from 'eight'",
      "const j = await import('nine')",
      "let k: typeof import('ten')",
      'import {\n  l,\n} from "eleven"',
    ].join('\n')
    expect(listImports(source).map(({ from, line, typeOnly }) => `${line} ${from}${typeOnly ? ' type' : ''}`)).toEqual([
      ...['1 one', '2 two type', '3 three type', '4 four', '5 five', '6 six', '7 seven', '8 eight type', '11 eleven'],
      ...['9 nine', '10 ten type'],
    ])
  })

  test('is not fooled by comments, strings, templates and regular expressions', () => {
    const source = [
      "// import a from 'one'",
      "/* import b from 'two' */",
      `const c = "import d from 'three'"`,
      "const e = `import f from 'four' ${g /* Date.now() */ + '}'} import h from 'five'`",
      "const i = /[/'\"]/.test(j) // it's",
      "const k = l / 2 + m / 3 // import n from 'six'",
      "import o from 'seven'",
    ].join('\n')
    expect(listImports(source).map(({ from }) => from)).toEqual(['seven'])
    expect(maskSource(source)).toHaveLength(source.length)
    expect(maskSource(source)).not.toContain('Date.now')
  })

  test('tells a barrel from a file that also does something', () => {
    expect(isBarrel("// reasons\nexport { a } from './a'\nexport type { B } from './b'\n")).toBe(true)
    expect(isBarrel("import { a } from './a'\nexport { a }\nexport * from './b'")).toBe(true)
    expect(isBarrel("export { a } from './a'\nexport const b = 1")).toBe(false)
    expect(isBarrel('export const b = 1')).toBe(false)
  })
})
