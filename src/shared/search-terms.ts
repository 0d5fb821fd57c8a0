/** Scripts written without spaces between words, whose words are shorter than any useful prefix. */
const unspaced = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\u30fc'
// Radicals are symbols of these scripts, not letters: they stand between words like any other.
const runs = new RegExp(
  `(?<cjk>(?:(?=[\\p{L}\\p{N}\\p{M}])[${unspaced}])+)|(?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])+`,
  'gu',
)
const marks = /(?![\u3099\u309a])\p{Script=Inherited}/gu

/** Compatibility forms, case and diacritics folded. The voicing marks of Kana stay: they make other letters. */
export function fold(text: string): string {
  const cased = text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
  return cased.normalize('NFD').replace(marks, '').normalize('NFC')
}

interface Run {
  /** The characters of a run of Han, Kana or Hangul; null for a word. */
  characters: string[] | null
  text: string
}

export function runsOf(text: string): Run[] {
  return [...fold(text).matchAll(runs)].map((found) => ({
    characters: found.groups?.cjk === undefined ? null : [...found[0]],
    text: found[0],
  }))
}

/** The same runs of a text as it is, and where each begins. */
export function runsIn(text: string): { run: string; at: number; unspaced: boolean }[] {
  return [...text.matchAll(runs)].map((found) => ({
    ...{ run: found[0], at: found.index, unspaced: found.groups?.cjk !== undefined },
  }))
}

const pairs = (characters: string[]) => characters.slice(1).map((second, at) => `${characters[at]}${second}`)

/**
 * The terms under which a text is found: its words, and of each run of Han, Kana or Hangul every character and every
 * pair of neighbours. Each term once, in order of appearance.
 */
export function searchTerms(text: string): string[] {
  const terms = runsOf(text).flatMap(({ characters, text: word }) =>
    characters ? [...characters, ...pairs(characters)] : [word],
  )
  return [...new Set(terms)]
}

/**
 * A full-text query that every term of `text` must match, the last word also as a beginning. Null when the text has no
 * letters or digits. Terms stand in quotes and hold only letters, digits and marks, so no operator gets through.
 */
export function searchMatch(text: string): string | null {
  const found = runsOf(text)
  const terms = found.flatMap(({ characters, text: word }, at) => {
    if (characters) return (characters.length === 1 ? characters : pairs(characters)).map((term) => `"${term}"`)
    return [at === found.length - 1 ? `"${word}" *` : `"${word}"`]
  })
  return terms.length === 0 ? null : [...new Set(terms)].join(' AND ')
}
