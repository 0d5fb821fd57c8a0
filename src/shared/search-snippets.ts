import { fold, runsIn, runsOf } from './search-terms'

/** Part of a text: what a query finds of it stands apart from the rest, so that a page can mark it without HTML of ours. */
export interface Piece {
  text: string
  match: boolean
}

type Span = [start: number, end: number]

/** What a query looks for, as `searchMatch` asks for it. */
function wantedOf(query: string) {
  const words = new Set<string>()
  const neighbours = new Set<string>()
  const single = new Set<string>()
  const runs = runsOf(query)
  let prefix: string | null = null
  for (const [at, { characters, text }] of runs.entries()) {
    if (!characters) {
      words.add(text)
      if (at === runs.length - 1) prefix = text
    } else if (characters.length === 1) single.add(text)
    else for (const [n, second] of characters.slice(1).entries()) neighbours.add(`${characters[n]}${second}`)
  }
  const isWord = (word: string) => words.has(word) || (prefix !== null && word.startsWith(prefix))
  return { isWord, isNeighbours: (pair: string) => neighbours.has(pair), isSingle: (one: string) => single.has(one) }
}

type Wanted = ReturnType<typeof wantedOf>

function spansInRun(run: string, start: number, { isNeighbours, isSingle }: Wanted): Span[] {
  const spans: Span[] = []
  let at = start
  let before: { folded: string; start: number } | null = null
  for (const character of run) {
    const here: { folded: string; start: number } = { folded: fold(character), start: at }
    at += character.length
    if (before && isNeighbours(before.folded + here.folded)) spans.push([before.start, at])
    else if (isSingle(here.folded)) spans.push([here.start, at])
    before = here
  }
  return spans
}

/** Where a text has what a query looks for: in order, none touching the next. */
function spansOf(text: string, wanted: Wanted): Span[] {
  const joined: Span[] = []
  for (const { run, at, unspaced } of runsIn(text)) {
    const found: Span[] = unspaced
      ? spansInRun(run, at, wanted)
      : wanted.isWord(fold(run))
        ? [[at, at + run.length]]
        : []
    for (const span of found) {
      const last = joined.at(-1)
      if (last && span[0] <= last[1]) last[1] = Math.max(last[1], span[1])
      else joined.push(span)
    }
  }
  return joined
}

/** The text between two places, cut at the spans. */
function piecesBetween(text: string, spans: Span[], from: number, to: number): Piece[] {
  const pieces: Piece[] = []
  const add = (start: number, end: number, match: boolean) => {
    if (end > start) pieces.push({ text: text.slice(start, end), match })
  }
  let at = from
  for (const [start, end] of spans) {
    if (end <= from || start >= to) continue
    add(at, Math.max(start, from), false)
    add(Math.max(start, from), Math.min(end, to), true)
    at = Math.min(end, to)
  }
  add(at, to, false)
  return pieces
}

/** The whole text in pieces. */
export const highlight = (text: string, query: string): Piece[] =>
  piecesBetween(text, spansOf(text, wantedOf(query)), 0, text.length)

/** How much of a text stands before the first match, and how much in all. */
const before = 60
const length = 240

/** Moves a cut off the middle of a character. */
const whole = (text: string, at: number) => (/[\udc00-\udfff]/.test(text[at] ?? '') ? at - 1 : at)

/**
 * What surrounds the first match in one line, or how the text begins where it has none.
 * @param isCut whether the text is only a part that begins somewhere in the middle
 */
export function snippet(text: string, query: string, isCut = false): Piece[] {
  const line = text.replace(/\s+/gu, ' ').trim()
  const spans = spansOf(line, wantedOf(query))
  const first = spans[0]?.[0] ?? 0
  const space = line.lastIndexOf(' ', first - before)
  const from = whole(line, first <= before ? 0 : first - space > 2 * before ? first - before : space + 1)
  const to = whole(line, Math.min(line.length, from + length))
  const pieces = piecesBetween(line, spans, from, to)
  if (from > 0 || isCut) pieces.unshift({ text: '… ', match: false })
  if (to < line.length) pieces.push({ text: ' …', match: false })
  return pieces
}
