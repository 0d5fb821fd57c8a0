export interface Import {
  /** As written: './store', 'hono', 'cloudflare:workers'. */
  from: string
  line: number
  /** True when nothing of it is left at run time. */
  typeOnly: boolean
  /** True for `export … from`. */
  reexport: boolean
}

/**
 * Blanks comments and the insides of strings and regular expressions, keeping every position, so that what is left can
 * be searched for code. Template literals lose their text but keep their `${…}` parts.
 */
export function maskSource(source: string): string {
  const out = source.split('')
  const blank = (from: number, to: number) => {
    for (let at = from; at < to; at += 1) if (out[at] !== '\n') out[at] = ' '
  }
  /** For each open `${`, how many braces are open inside it. */
  const templates: number[] = []
  let at = 0
  const skipTemplate = () => {
    const start = at
    while (at < source.length && source[at] !== '`' && !source.startsWith('${', at)) at += source[at] === '\\' ? 2 : 1
    blank(start, at)
    if (source.startsWith('${', at)) {
      templates.push(0)
      at += 2
    } else at += 1
  }
  while (at < source.length) {
    const char = source[at] as string
    if (source.startsWith('//', at) || source.startsWith('/*', at)) {
      const end = source[at + 1] === '/' ? source.indexOf('\n', at) : source.indexOf('*/', at) + 2
      blank(at, end < at ? source.length : end)
      at = end < at ? source.length : end
    } else if (char === "'" || char === '"') {
      const start = ++at
      while (at < source.length && source[at] !== char) at += source[at] === '\\' ? 2 : 1
      blank(start, at++)
    } else if (char === '`') {
      at += 1
      skipTemplate()
    } else if (char === '/' && startsRegex(out, at)) {
      const start = ++at
      for (let inClass = false; at < source.length && (inClass || source[at] !== '/'); at += 1) {
        if (source[at] === '\\') at += 1
        else if (source[at] === '[') inClass = true
        else if (source[at] === ']') inClass = false
      }
      blank(start, at++)
    } else {
      const depth = templates.at(-1)
      if (char === '{' && depth !== undefined) templates[templates.length - 1] = depth + 1
      if (char === '}' && depth !== undefined) {
        if (depth === 0) {
          templates.pop()
          at += 1
          skipTemplate()
          continue
        }
        templates[templates.length - 1] = depth - 1
      }
      at += 1
    }
  }
  return out.join('')
}

/** A slash begins a regular expression where a value may begin, and divides where one has ended. */
function startsRegex(out: string[], slash: number): boolean {
  const before = out
    .slice(Math.max(0, slash - 40), slash)
    .join('')
    .trimEnd()
  return (
    before === '' || /[(,=:[!&|?{};+\-*%<>~^]$/.test(before) || /\b(?:return|typeof|case|in|of|await)$/.test(before)
  )
}

export const lineOf = (source: string, index: number) => source.slice(0, index).split('\n').length

/** Every static import, re-export and `import()` of a module, types included. */
export function listImports(source: string): Import[] {
  const masked = maskSource(source)
  const found: Import[] = []
  const statement = /\b(import|export)\b(?!\s*\()([^;'"`=()]*?)(?:\bfrom\s*)?(['"])/g
  for (const match of masked.matchAll(statement)) {
    const [whole, keyword, clause = ''] = match
    const isFrom = /\bfrom\s*['"]$/.test(whole)
    // `export 'x'` is no statement, and `import 'x'` has no clause.
    if (!isFrom && (keyword === 'export' || clause.trim() !== '')) continue
    const start = match.index + whole.length
    const names = /\{([\s\S]*)\}/
      .exec(clause)?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '')
    const onlyTypes = names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name))
    found.push({
      from: source.slice(start, source.indexOf(whole.at(-1) as string, start)),
      line: lineOf(source, match.index),
      typeOnly: /^\s*type\b/.test(clause) || (onlyTypes && /^\s*\{/.test(clause)),
      reexport: keyword === 'export',
    })
  }
  for (const match of masked.matchAll(/\bimport\s*\(\s*(['"])/g)) {
    const start = match.index + match[0].length
    const typeOnly = /(?:[:<|&]|\btypeof)\s*$/.test(masked.slice(0, match.index))
    const from = source.slice(start, source.indexOf(match[1] as string, start))
    found.push({ from, line: lineOf(source, match.index), typeOnly, reexport: false })
  }
  return found
}

/** True when a file does nothing but pass on what other files export. */
export function isBarrel(source: string): boolean {
  const code = maskSource(source)
  if (!/\bexport\b[^;]*?\bfrom\b/.test(code)) return false
  const rest = code
    .replace(/\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*(?:from\s*['"]\s*['"])?/g, '')
    .replace(/\bimport\s+(?:type\s+)?[^;'"]*?\bfrom\s*['"]\s*['"]/g, '')
  return rest.replace(/[\s;]/g, '') === ''
}
