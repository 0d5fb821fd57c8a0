import { posix } from 'node:path'
import { type Import, isBarrel, lineOf, listImports, maskSource } from './source'

/** The text of every file, by its path from the project's root: `src/rooms/actions.ts`. */
export type Sources = Record<string, string>

/**
 * What a file is, by its place and name. `core` are the pure files of the live room, `contract` is what two sides agreed
 * on as plain data, `part` is a domain's file with a name of its own, such as `passwords.ts`.
 */
type Role =
  | 'tables'
  | 'schemas'
  | 'errors'
  | 'rules'
  | 'store'
  | 'actions'
  | 'routes'
  | 'jobs'
  | 'adapters'
  | 'contract'
  | 'core'
  | 'personal-data'
  | 'part'

const roles: Role[] = [
  ...(['tables', 'schemas', 'errors', 'rules', 'store', 'actions', 'routes', 'jobs', 'contract'] as const),
  'personal-data',
]

/** These import only their own kind from other domains, so no circle can close through them. */
const leaves: Role[] = ['tables', 'schemas', 'errors', 'rules', 'contract', 'core', 'personal-data']

interface File {
  path: string
  area: 'domain' | 'app' | 'shared' | 'objects' | 'index'
  domain: string
  role: Role
}

/** What each role may import when the program runs: roles of its own domain, roles of others. */
const mayImport: Record<Role, { own: Role[]; others: Role[] }> = {
  tables: { own: ['tables'], others: ['tables'] },
  schemas: { own: ['schemas', 'rules', 'contract', 'core'], others: ['schemas', 'contract', 'core'] },
  errors: { own: ['core'], others: [] },
  rules: { own: ['rules', 'contract'], others: ['rules'] },
  store: { own: ['store', 'tables', 'errors', 'rules', 'contract', 'core', 'personal-data'], others: ['tables'] },
  actions: {
    own: ['actions', 'store', 'rules', 'errors', 'adapters', 'contract', 'core', 'personal-data', 'part'],
    others: ['actions', 'rules', 'errors', 'contract'],
  },
  routes: { own: ['schemas', 'actions', 'errors'], others: ['schemas', 'actions', 'errors'] },
  jobs: { own: ['actions', 'store', 'rules', 'errors'], others: ['actions'] },
  adapters: { own: ['adapters', 'contract'], others: [] },
  contract: { own: [], others: [] },
  core: { own: ['core', 'rules', 'contract'], others: ['core', 'contract'] },
  'personal-data': { own: ['personal-data'], others: ['personal-data'] },
  part: { own: ['part', 'rules', 'errors', 'contract', 'core'], others: [] },
}

/** Roles that may use `shared/` while the program runs; errors only its error maker, rules nothing but types. */
const sharedForRole = (role: Role, path: string) =>
  role === 'errors' ? path === 'src/shared/errors.ts' : role !== 'rules' && role !== 'contract'

/** They give statements for other domains' batches: the audit row, the event for others, the reminder. */
const madeInBatches = ['src/audit/actions.ts', 'src/outbox/actions.ts', 'src/outbox/reminders/actions.ts']

const honoOutsideRoutes: Record<string, string[]> = {
  'src/shared/validate.ts': ['@hono/zod-validator', 'hono-openapi'],
}

/** Places that read a clock or make something random by themselves, each with its reason. */
export const clockExceptions: Record<string, string> = {
  'src/shared/ids.ts': 'it is the id maker that Ctx passes on',
  'src/shared/secrets.ts': 'a secret that a test could foresee would be none',
  'src/auth/refresh-tokens.ts': 'the salt of a session is a secret, too',
  'src/codes/actions.ts': 'so is a code that somebody is sent',
}

export function findProblems(sources: Sources): string[] {
  const files = Object.keys(sources)
    .map(fileOf)
    .filter((file): file is File => file !== null)
  const problems: string[] = []
  const edges: { from: string; to: string; place: string }[] = []
  for (const file of files) {
    const source = sources[file.path] as string
    const report = (line: number, rule: string) => problems.push(`${file.path}:${line} ${rule}`)
    checkFile(file, source, report)
    for (const each of listImports(source)) {
      const target = each.from.startsWith('.') ? fileOf(resolveImport(file.path, each.from, sources)) : null
      const rule = each.from.startsWith('.') ? localRule(file, target, each) : packageRule(file, each.from)
      if (rule) report(each.line, rule)
      const crosses = target?.area === 'domain' && file.area === 'domain' && target.domain !== file.domain
      if (crosses && !each.typeOnly && !leaves.includes(target.role))
        edges.push({ from: file.domain, to: target.domain, place: `${file.path}:${each.line}` })
    }
  }
  return [...problems, ...coreProblems(sources), ...cycleProblems(edges)]
}

function fileOf(path: string): File | null {
  if (path === 'src/index.ts') return { path, area: 'index', domain: '', role: 'part' }
  const [top, folder = '', ...rest] = path.split('/')
  if (top === 'durable-objects') return { path, area: 'objects', domain: '', role: 'part' }
  if (top !== 'src' || rest.length === 0) return null
  if (folder === 'app' || folder === 'shared') return { path, area: folder, domain: '', role: 'part' }
  return { path, area: 'domain', domain: folder, role: roleOf(rest) }
}

function roleOf(rest: string[]): Role {
  const folders = rest.slice(0, -1)
  const name = (rest.at(-1) ?? '').replace(/\.ts$/, '')
  if (name === 'contract') return 'contract'
  if (folders.includes('adapters')) return 'adapters'
  const byFolder = roles.find((role) => folders.includes(role))
  if (byFolder) return byFolder
  // `live-actions.ts` is actions, too.
  const byName = roles.find((role) => name === role || name.endsWith(`-${role}`))
  return byName ?? (folders.includes('live') ? 'core' : 'part')
}

function resolveImport(from: string, to: string, sources: Sources): string {
  const path = posix.join(posix.dirname(from), to.replace(/\.ts$/, ''))
  return sources[`${path}/index.ts`] === undefined ? `${path}.ts` : `${path}/index.ts`
}

function localRule(file: File, target: File | null, { typeOnly }: Import): string | null {
  if (!target) return null
  if (file.area === 'shared') return target.area === 'shared' ? null : 'shared/ knows nothing of the product'
  // An object is the home of its store: it asks D1 what still holds.
  const atHome = file.area === 'objects' && isLive(target.path)
  if (target.area === 'domain' && target.role === 'store' && target.domain !== file.domain && !atHome)
    return `${target.path} is private to its domain: call its actions`
  if (file.area === 'app' || file.area === 'index')
    return target.role === 'tables' ? 'app/ reads no tables: call an action' : null
  if (typeOnly) return null
  if (file.area === 'objects') return objectRule(target)
  if (target.area === 'app') {
    const allowed = file.role === 'routes'
    return allowed ? null : 'only routes import app/ (types of app/context may be imported everywhere)'
  }
  if (target.area === 'shared')
    return sharedForRole(file.role, target.path) ? null : `${file.role} may not import ${target.path}`
  if (target.area !== 'domain') return `domains do not import ${target.path}`
  // What goes into the batch of its cause is made where that batch is.
  if (file.role === 'store' && madeInBatches.includes(target.path)) return null
  const { own, others } = mayImport[file.role]
  const allowed = target.domain === file.domain ? own : others
  return allowed.includes(target.role) ? null : `${file.role} may not import ${target.role} (${target.path})`
}

const isLive = (path: string) => /^src\/\w+\/live\//.test(path)

function objectRule(target: File): string | null {
  if (target.area === 'objects' || target.area === 'shared') return null
  if (isLive(target.path) && target.role !== 'routes' && target.role !== 'actions') return null
  if (target.role === 'contract') return null
  if (['src/app/config.ts', 'src/app/log.ts'].includes(target.path)) return null
  return 'an object imports the live/ of a domain, contracts, shared/, app/config and app/log'
}

function packageRule(file: File, name: string): string | null {
  const { area, role, path } = file
  if (/^drizzle-(orm|kit)/.test(name)) {
    const allowed = (area === 'domain' && (role === 'store' || role === 'tables')) || path === 'src/shared/db.ts'
    return allowed ? null : 'only store.ts, tables.ts and shared/db.ts import drizzle'
  }
  if (/^(hono|hono-openapi|@hono\/.*)(\/|$)/.test(name)) {
    const allowed = area === 'app' || role === 'routes' || honoOutsideRoutes[path]?.includes(name)
    return allowed ? null : 'only routes.ts and app/ import hono'
  }
  if (name.startsWith('cloudflare:')) {
    const allowed = area === 'objects' || area === 'index' || role === 'adapters'
    return allowed ? null : 'only durable-objects/, src/index.ts and adapters import cloudflare:*'
  }
  return null
}

const clock =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\bcrypto\.(?:randomUUID|getRandomValues)\b/g
const environment = /\bc\.env\b|\benv\.[A-Z_]+\b|\bprocess\.env\b/g

function checkFile(file: File, source: string, report: (line: number, rule: string) => void): void {
  const code = maskSource(source)
  const name = posix.basename(file.path)
  if (['utils.ts', 'util.ts', 'types.ts', 'helpers.ts', 'common.ts'].includes(name))
    report(1, `${name} is a name for anything: say what it holds`)
  if (isBarrel(source) && file.area !== 'index') report(1, 'a file that only passes on exports is a barrel')
  const readsClock = file.area === 'domain' || file.area === 'shared'
  if (readsClock && !(file.path in clockExceptions))
    for (const match of code.matchAll(clock))
      report(lineOf(code, match.index), `${match[0]}: clock, ids and random come through Ctx`)
  if (readsClock)
    for (const match of code.matchAll(environment))
      report(lineOf(code, match.index), `${match[0]}: the environment is read in app/ only`)
}

const core = 'src/channels/live/room.ts'

/** The live core is pure: what `room.ts` reaches is in its folder, and has no clock, random, timer or await (L26). */
function coreProblems(sources: Sources): string[] {
  const problems: string[] = []
  const open = sources[core] === undefined ? [] : [core]
  const seen = new Set(open)
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const source = sources[path] ?? ''
    for (const { from, line, typeOnly } of listImports(source)) {
      if (typeOnly) continue
      const target = from.startsWith('.') ? resolveImport(path, from, sources) : from
      if (!/^src\/channels\/live\/(?!log|store|actions|routes|schemas)[a-z-]+\.ts$/.test(target))
        problems.push(`${path}:${line} the live core imports nothing but types and pure siblings, not ${target}`)
      else if (!seen.has(target)) {
        seen.add(target)
        open.push(target)
      }
    }
    const code = maskSource(source)
    for (const match of code.matchAll(/\bawait\b|\basync\b|\bsetTimeout\b|\bsetInterval\b/g))
      problems.push(`${path}:${lineOf(code, match.index)} ${match[0]}: the live core is pure`)
  }
  return problems
}

function cycleProblems(edges: { from: string; to: string; place: string }[]): string[] {
  const problems = new Set<string>()
  const visit = (domain: string, trail: string[], places: string[]) => {
    const at = trail.indexOf(domain)
    if (at >= 0) {
      const cycle = trail.slice(at)
      // The same cycle is found from each of its members; one telling is enough.
      if (cycle[0] === [...cycle].sort()[0])
        problems.add(`${places[at]} domains import each other in a circle: ${[...cycle, domain].join(' -> ')}`)
      return
    }
    for (const edge of edges) if (edge.from === domain) visit(edge.to, [...trail, domain], [...places, edge.place])
  }
  const unique = edges.filter((edge, at) => edges.findIndex((e) => e.from === edge.from && e.to === edge.to) === at)
  edges = unique
  for (const domain of new Set(edges.map(({ from }) => from))) visit(domain, [], [])
  return [...problems]
}
