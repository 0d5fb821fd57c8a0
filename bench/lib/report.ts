import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { raisedLimits } from './configs.ts'
import { svg } from './plots.ts'
import { cores, node, root } from './processes.ts'
import type { Outcome, Table, Workload } from './workload.ts'

interface Stored {
  machine: Record<string, unknown>
  versions: Record<string, string>
  raisedLimits: Record<string, string>
  workloads: Record<string, { title: string; at: string; tookSeconds: number; rounds: number } & Outcome>
}

/** Writes what a workload gave: JSON always; the page and its plots only for full runs. Quick ones prove nothing. */
export function save(
  workload: Workload,
  outcome: Outcome,
  facts: { startedAt: number; rounds: number; quick: boolean },
) {
  const at = new Date(facts.startedAt)
  const day = at.toISOString().slice(0, 10)
  const path = join(root, facts.quick ? '.wrangler/bench/quick.json' : `bench/results/${day}.json`)
  mkdirSync(dirname(path), { recursive: true })
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Stored) : null
  const stored: Stored = {
    machine: machine(),
    versions: versions(),
    raisedLimits,
    workloads: {
      ...known?.workloads,
      [workload.id]: {
        ...{ title: workload.title, at: at.toISOString(), rounds: facts.rounds },
        tookSeconds: Math.round((Date.now() - facts.startedAt) / 1000),
        ...outcome,
      },
    },
  }
  writeFileSync(path, `${JSON.stringify(stored, null, 1)}\n`)
  if (facts.quick) return path
  for (const plot of outcome.plots ?? []) writeFileSync(join(root, `bench/results/${plot.name}.svg`), svg(plot))
  const page = join(root, 'bench/README.md')
  let text = readFileSync(page, 'utf8')
  text = between(text, workload.id, markdown(workload, outcome, `${day}, ${facts.rounds} rounds`))
  text = between(text, 'machine', surroundings(stored))
  writeFileSync(page, text)
  return path
}

/** Replaces what stands between the two marks of a name. The page itself is written by hand. */
function between(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const from = text.indexOf(open)
  const to = text.indexOf(close)
  if (from < 0 || to < from) throw new Error(`bench/README.md has no place for ${name}`)
  return `${text.slice(0, from + open.length)}\n${content}\n${text.slice(to)}`
}

export function markdown(workload: Workload, { findings, tables, plots, notes }: Outcome, when: string): string {
  const mark = (met: boolean | null) => (met === null ? '·' : met ? 'yes' : '**no**')
  const goals: Table = {
    title: '',
    columns: ['goal', 'measured', 'met'],
    rows: findings.map(({ goal, result, met }) => [goal, result, mark(met)]),
  }
  const parts = [`Measured ${when}. ${workload.title}.`, table(goals)]
  for (const each of tables) parts.push(`**${each.title}**`, table(each))
  for (const plot of plots ?? []) parts.push(`![${plot.title}](results/${plot.name}.svg)`)
  if (notes && notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join('\n'))
  return parts.join('\n\n')
}

function table({ columns, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}

function surroundings({ machine: host, versions: used, raisedLimits: raised }: Stored): string {
  const list = (record: Record<string, unknown>) =>
    Object.entries(record)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')
  return [
    `- Machine: ${list(host)}.`,
    `- Versions: ${list(used)}.`,
    `- Limits raised for the load: ${list(raised)}, SHIELD_USER and SHIELD_ADDRESS 1000000 a minute.`,
  ].join('\n')
}

function machine(): Record<string, unknown> {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    Linux: release().split('-')[0],
    pinned: cores.server === null ? 'no' : `servers to core ${cores.server}, generator to core ${cores.generator}`,
  }
}

function versions(): Record<string, string> {
  const said = (command: string, args: string[]) =>
    spawnSync(command, args, { encoding: 'utf8' }).stdout?.match(/\d+\.\d+(\.[\w.-]+)?/)?.[0] ?? 'absent'
  const installed = (folder: string, name: string) => {
    const path = join(root, folder, 'node_modules', name, 'package.json')
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version : 'absent'
  }
  return {
    commit: spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout.trim(),
    wrangler: installed('.', 'wrangler'),
    workerd: installed('.', 'workerd'),
    node: said(node, ['--version']),
    'socket.io': installed('bench/peers', 'socket.io'),
    '@socket.io/redis-adapter': installed('bench/peers', '@socket.io/redis-adapter'),
    express: installed('bench/peers', 'express'),
    pg: installed('bench/peers', 'pg'),
    redis: said('redis-server', ['--version']),
    postgresql: said('psql', ['--version']),
  }
}
