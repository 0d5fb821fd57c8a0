import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mutations } from './mutations'

const root = resolve(import.meta.dirname, '../..')
const texts = new Map<string, string>()

function read(file: string): string {
  const text = texts.get(file) ?? readFileSync(resolve(root, file), 'utf8')
  texts.set(file, text)
  return text
}

test('no two mutations have one name', () => {
  expect(new Set(mutations.map(({ id }) => id)).size).toBe(mutations.length)
})

describe.each(mutations)('$id', ({ file, find, replace, test: [testFile, title] }) => {
  test('changes exactly one place', () => {
    const places = read(file).split(find).length - 1
    expect(places, `${file} has changed: write this mutation anew for it. It quotes\n${find}\n`).toBe(1)
    expect(replace).not.toBe(find)
  })

  test('is guarded by a test that exists', () => {
    // A quote inside a title may be escaped where it stands.
    expect(read(testFile).replaceAll("\\'", "'")).toContain(title)
  })
})
