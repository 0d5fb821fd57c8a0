import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { searchMatch, searchTerms } from '../../src/shared/search-terms'

describe('the terms of a text', () => {
  test.each([
    ['words, punctuation apart', 'Linear algebra, part-two!', ['linear', 'algebra', 'part', 'two']],
    ['case and diacritics folded', 'CAFÉ Ångström Ünïcode', ['cafe', 'angstrom', 'unicode']],
    ['composed and decomposed alike', 'Cafe\u0301 Caf\u00e9', ['cafe']],
    ['compatibility forms', 'ﬁnal ｗｉｄｅ Ⅳ', ['final', 'wide', 'iv']],
    ['special casing', 'Straße STRASSE ΣΟΦΟΣ σοφός İstanbul', ['strasse', 'σοφοσ', 'istanbul']],
    ['Han as characters and pairs', '线性代数', ['线', '性', '代', '数', '线性', '性代', '代数']],
    ['Kana keeps its voicing marks', 'がっこう', ['が', 'っ', 'こ', 'う', 'がっ', 'っこ', 'こう']],
    ['half-width Kana', 'ｶﾞ', ['ガ']],
    ['Hangul', '수학', ['수', '학', '수학']],
    ['scripts side by side', 'AI数学2', ['ai', '数', '学', '数学', '2']],
    ['a word of letters and vowel signs', 'हिन्दी', ['हिन्दी']],
    ['each term once', 'exam exam Exam', ['exam']],
    ['nothing in symbols', '!!! 🎉 -- "" *', []],
    ['nothing in nothing', '', []],
  ])('%s', (_, text, terms) => {
    expect(searchTerms(text)).toEqual(terms)
  })
})

describe('the query of a text', () => {
  test.each([
    ['every word, the last one as a beginning', 'Linear Alg', '"linear" AND "alg" *'],
    ['pairs of a longer run', '线性代', '"线性" AND "性代"'],
    ['one character by itself', '数', '"数"'],
    ['a word in the middle is whole', 'calc 数学', '"calc" AND "数学"'],
    [
      'operators as words',
      'a" OR b* NEAR(c) -d ^e col:f',
      '"a" AND "or" AND "b" AND "near" AND "c" AND "d" AND "e" AND "col" AND "f" *',
    ],
    ['nothing to look for', '"""***', null],
  ])('%s', (_, text, match) => {
    expect(searchMatch(text)).toBe(match)
  })

  test('symbols are no words, also those of scripts without spaces', () => {
    expect(searchMatch('\u2e80')).toBeNull()
    expect(searchMatch('学\u2e80校')).toBe('"学" AND "校"')
  })

  test('no text gets an operator or a quote through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const match = searchMatch(text)
        expect(match ?? '"a"').toMatch(/^"[\p{L}\p{N}\p{M}]+"( \*)?( AND "[\p{L}\p{N}\p{M}]+"( \*)?)*$/u)
      }),
    )
  })

  test('whatever a text is found by stands in its terms', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const terms = searchTerms(text)
        for (const quoted of searchMatch(text)?.matchAll(/"([^"]+)"/g) ?? []) expect(terms).toContain(quoted[1])
      }),
    )
  })
})
