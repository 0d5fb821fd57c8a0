import { expect, test } from 'vitest'
import { usernameFrom } from '../../src/users/rules'
import { updateMeBody, usernameSchema } from '../../src/users/schemas'

test.each([
  ['Grace Hopper', 'grace_hopper', true],
  ['  Émilie du Châtelet ', 'emilie_du_chatelet', true],
  ["Seán O'Casey", 'sean_o_casey', true],
  ['Łukasz', 'ukasz', true],
  ['山田太郎', 'student', false],
  ['Al', 'student', false],
  ['🙂', 'student', false],
  ['Admin', 'admin', false],
  ['Wolfeschlegelsteinhausenbergerdorff', 'wolfeschlegelsteinhausen', true],
  ['ﬁnn', 'finn', true],
])('%s becomes %s', (name, base, alone) => {
  expect(usernameFrom(name)).toEqual({ base, alone })
})

test.each(['ab', 'a'.repeat(31), 'a-b', 'ä_b_c', 'root', 'Me', 'studyhall', '', 'a b'])('%s is no username', (text) => {
  expect(usernameSchema.safeParse(text).success).toBe(false)
})

test('usernames are compared lower-cased', () => {
  expect(usernameSchema.parse(' Ada_99 ')).toBe('ada_99')
})

test.each([
  [{ timezone: 'Europe/Berlin' }, true],
  [{ timezone: 'UTC' }, true],
  [{ timezone: '+05:00' }, false],
  [{ timezone: 'Mars/Base' }, false],
  [{ timezone: '' }, false],
  [{ locale: 'pt-BR' }, true],
  [{ locale: 'english please' }, false],
  [{ locale: '' }, false],
  [{ dayStartHour: 0 }, true],
  [{ dayStartHour: 23 }, true],
  [{ dayStartHour: 24 }, false],
  [{ dayStartHour: 4.5 }, false],
  [{ dayStartHour: '4' }, false],
  [{ bio: '' }, true],
  [{ bio: 'x'.repeat(1000) }, true],
  [{ bio: 'x'.repeat(1001) }, false],
  [{ bio: 'two\nlines' }, true],
  [{ name: '𝒳'.repeat(100) }, true],
  [{ name: 'x'.repeat(101) }, false],
  [{ email: 'a@b.test' }, false],
  [{ role: 'admin' }, false],
  [{}, true],
])('%j as a change of the profile: %s', (change, valid) => {
  expect(updateMeBody.safeParse(change).success).toBe(valid)
})

test('a language tag is kept in its usual form', () => {
  expect(updateMeBody.parse({ locale: 'PT-br' })).toEqual({ locale: 'pt-BR' })
})
