import { plain } from './run.ts'

/**
 * Makes what wrangler dev prints readable: of the Worker's log the warnings and errors, of wrangler's own words only
 * its errors. Until `start` is called nothing is shown, only kept for `problems`.
 */
export function makeLogReader(verbose: boolean, print: (text: string) => void) {
  let started = false
  let block: 'error' | 'other' = 'other'
  const kept: string[] = []

  const show = (text: string) => {
    if (started) print(text)
    else if (kept.push(text) > 40) kept.shift()
  }

  return {
    take(raw: string): void {
      if (verbose) {
        print(raw)
        return
      }
      const text = plain(raw)
      const json = /\{"level":.*\}/.exec(text)?.[0]
      if (json) {
        block = 'other'
        const readable = readableEntry(json)
        if (readable) show(readable)
        return
      }
      const heading = /\[(ERROR|WARNING|wrangler:\w+)\]\s*(.*)/.exec(text)
      if (heading) {
        block = heading[1] === 'ERROR' ? 'error' : 'other'
        if (block === 'error' && heading[2]) show(`error  ${heading[2]}`)
      } else if (block === 'error' && /^\s+\S/.test(text)) show(`  ${text.trimEnd()}`)
      else if (text.trim() !== '') block = 'other'
    },
    start(): void {
      started = true
      kept.length = 0
    },
    /** What went wrong before the start, newest last. */
    problems(): string {
      return [...new Set(kept)]
        .slice(-12)
        .map((text) => `  ${text}`)
        .join('\n')
    },
  }
}

/** One line for one entry of the Worker's log, or null for what goes well. */
function readableEntry(json: string): string | null {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(json)
  } catch {
    return json
  }
  const { level, event, requestId, stack: _, error: __, ...rest } = entry
  if (level === 'info') return null
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${value}`)
  return [String(level).padEnd(5), event, ...facts, requestId].filter(Boolean).join('  ')
}
