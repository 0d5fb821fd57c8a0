import fc from 'fast-check'
import { expect, test } from 'vitest'
import { highlight, type Piece, snippet } from '../../src/shared/search-snippets'
import { searchMatch } from '../../src/shared/search-terms'

/** Pieces with what was found in brackets. */
const shown = (pieces: Piece[]) => pieces.map(({ text, match }) => (match ? `[${text}]` : text)).join('')

test.each([
  ['a word in any case', 'The Eigenvalues of A', 'eigenvalues', 'The [Eigenvalues] of A'],
  ['the last word by its beginning', 'The Eigenvalues of A', 'the eig', '[The] [Eigenvalues] of A'],
  ['not the others by theirs', 'The Eigenvalues of A', 'eig the', '[The] Eigenvalues of A'],
  ['with and without accents', 'Élève and eleve', 'eleve', '[Élève] and [eleve]'],
  ['sharp s', 'Straße, STRASSE', 'strasse', '[Straße], [STRASSE]'],
  ['Han by neighbours', '線形代数の基礎', '代数', '線形[代数]の基礎'],
  ['a single Han', '数学と代数', '数', '[数]学と代[数]'],
  ['wide letters', 'Ｐｙｔｈｏｎ入門', 'python', '[Ｐｙｔｈｏｎ]入門'],
  ['nothing', 'abc', 'xyz', 'abc'],
  ['no words at all', 'abc', '!?', 'abc'],
  ['markup stays text', '<b>bold</b>', 'bold', '<b>[bold]</b>'],
])('%s', (_what, text, query, expected) => {
  expect(shown(highlight(text, query))).toBe(expected)
})

test('a snippet is one line around the first match, cut between words', () => {
  const filler = 'lorem ipsum dolor sit amet '.repeat(20)
  const pieces = snippet(`${filler}\n\n## needle\n${filler}`, 'needle')
  expect(shown(pieces)).toMatch(/^… (?:\w+ )+## \[needle\] lorem .* …$/)
  expect(pieces.map(({ text }) => text).join('').length).toBeLessThan(260)
  expect(shown(snippet('needle first', 'needle'))).toBe('[needle] first')
  expect(shown(snippet('only the middle', 'middle', true))).toBe('… only the [middle]')
  expect(shown(snippet(filler, 'needle'))).toMatch(/^lorem ipsum .* …$/)
})

test('pieces put together are the text, whatever it is and whatever is asked', () => {
  const words = fc.string({ unit: 'grapheme', maxLength: 60 })
  fc.assert(
    fc.property(words, words, (text, query) => {
      expect(
        highlight(text, query)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text)
      for (const piece of snippet(text, query)) expect(piece.text.isWellFormed()).toBe(true)
    }),
  )
})

test('what the index finds by a word of a text is marked in it', () => {
  const word = fc.constantFrom('algebra', 'Élan', '線形', '代', 'Ünlü', 'x2', 'ﬁnal', 'Ⅷ', '한국어')
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), fc.nat(), (words, at) => {
      const query = words[at % words.length] ?? ''
      expect(searchMatch(query)).not.toBeNull()
      expect(highlight(words.join(' '), query).some(({ match }) => match)).toBe(true)
    }),
  )
})
