import { readFileSync } from 'node:fs'
import { hashSync, verifySync } from '@node-rs/argon2'
import Argon2 from '@phi-ag/argon2'
import initialize from '@phi-ag/argon2/node'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { isCommonPassword } from '../../src/auth/common-passwords'
import {
  dummyHash,
  isAllowedDomain,
  isGuessable,
  judgeRefresh,
  passwordPolicy,
  wantsRehash,
} from '../../src/auth/rules'

// In the Worker the import is a compiled module; Node is given the same bytes.
vi.mock('@phi-ag/argon2/argon2.wasm', () => ({
  // A Worker may not compile at run time, so its types know no such constructor.
  default: Reflect.construct(WebAssembly.Module, [readFileSync('node_modules/@phi-ag/argon2/dist/argon2.wasm')]),
}))

const passwords = [
  'quiet lamps over 9 rivers',
  'Füße über Öl',
  'пароль из букв',
  '山田太郎の合言葉は長い',
  '🜁🜂🜃🜄'.repeat(64),
  ' leading and trailing ',
]

describe('our hashes and those of a second implementation', () => {
  let ours: typeof import('../../src/auth/passwords')
  beforeAll(async () => {
    ours = await import('../../src/auth/passwords')
  })
  const native = { memoryCost: passwordPolicy.memoryCost, timeCost: passwordPolicy.timeCost, parallelism: 1 }

  test.each(passwords)('are good for each other: %s', (password) => {
    const mine = ours.hashPassword(password)
    const theirs = hashSync(password, native)
    expect(verifySync(mine, password)).toBe(true)
    expect(ours.verifyPassword(theirs, password)).toBe(true)
    expect(verifySync(mine, `${password}.`)).toBe(false)
    expect(ours.verifyPassword(theirs, `${password}.`)).toBe(false)
    expect(ours.verifyPassword(theirs, password.slice(0, -1))).toBe(false)
  })

  test('are salted, and of the policy', () => {
    const [one, two] = [ours.hashPassword('quiet lamps'), ours.hashPassword('quiet lamps')]
    expect(one).not.toBe(two)
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(wantsRehash(one)).toBe(false)
    expect(wantsRehash(hashSync('quiet lamps', { ...native, memoryCost: 9728 }))).toBe(true)
  })

  test('without the bytes counted, the library would stop in the middle of a word', async () => {
    const argon2 = await initialize()
    const cut = argon2.hash('пароль из букв', { ...passwordPolicy }).encoded
    // When this fails, the library has been mended, and withByteLength can go.
    expect(verifySync(cut, 'пароль из букв')).toBe(false)
  })

  test('nobody has no password', () => {
    const start = dummyHash.split('$').slice(0, 4)
    expect(ours.hashPassword('x').split('$').slice(0, 4)).toEqual(start)
    const verify = vi.spyOn(Argon2.prototype, 'tryVerify')
    expect(ours.verifyPassword(null, 'quiet lamps')).toBe(false)
    expect(verify).toHaveBeenCalledWith(dummyHash, 'quiet lamps')
    // Not an error of form, which would come at once: all the work was done.
    expect(verify.mock.results[0]?.value.error).toMatch(/does not match/)
    expect(ours.verifyPassword(dummyHash, 'quiet lamps')).toBe(false)
    expect(ours.verifyPassword('not a hash', 'quiet lamps')).toBe(false)
  })
})

test('the list of common passwords has 3,000 of at least eight characters, in any case', async () => {
  const list = readFileSync('public/passwords/common.txt', 'utf8')
  const words = list.trim().split(/\s+/)
  expect(words.length).toBe(3000)
  expect(words.filter((word) => word.length < 8 || word !== word.toLowerCase())).toEqual([])
  const areCommon = (passwords: string[]) =>
    Promise.all(passwords.map((password) => isCommonPassword({ readAsset: async () => list }, password)))
  expect(await areCommon(['password', 'PassWord', 'qwertyuiop', 'iloveyou', '12345678'])).not.toContain(false)
  expect(await areCommon(['quiet lamps over 9 rivers', 'toString', 'constructor', ''])).not.toContain(true)
})

test.each([
  ['studyhall', true],
  ['Study-Hall 123', true],
  ['studystudy1', true],
  ['lovelace42', true],
  ['lovelace.ada', true],
  ['adalove@school.test', true],
  ['schooltest99', true],
  ['abababababab', true],
  ['studyhall is a calm place', false],
  ['lovelace wrote the first program', false],
  ['quiet lamps', false],
])('%s is guessable for Ada Lovelace: %s', (password, guessable) => {
  expect(isGuessable(password, { email: 'adalove@school.test', name: 'Ada Lovelace', username: 'ada_l' })).toBe(
    guessable,
  )
})

test.each([
  ['a@mit.edu', ['edu'], true],
  ['a@cs.mit.edu', ['mit.edu'], true],
  ['a@submit.edu', ['mit.edu'], false],
  ['a@edu', ['edu'], true],
  ['a@mit.edu.evil.test', ['mit.edu'], false],
  ['a@anything.test', [], true],
])('%s with %j is allowed: %s', (email, domains, allowed) => {
  expect(isAllowedDomain(email, domains)).toBe(allowed)
})

test.each([
  [5, 'rotate', 0],
  [4, 'repeat', 0],
  [4, 'repeat', 30_000],
  [4, 'reuse', 30_001],
  [3, 'reuse', 0],
  [0, 'reuse', 0],
  [6, 'unknown', 0],
] as const)('token %i of a session that stands at 5 is to %s, %i ms after the rotation', (n, verdict, ms) => {
  expect(judgeRefresh({ refreshN: 5, rotatedAt: 1000 }, n, 1000 + ms)).toBe(verdict)
})
