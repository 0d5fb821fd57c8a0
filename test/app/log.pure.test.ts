import { expect, test } from 'vitest'
import { errorFields } from '../../src/app/log'

test('what is logged of a failed query ends before its parameters', () => {
  const params = '\nparams: ada@school.test,$argon2id$theHash'
  const cause = new Error(`D1_ERROR: no such table${params}`)
  const error = new Error(`Failed query: select * from users where email = ?${params}`, { cause })
  const fields = errorFields(error)
  expect(fields).toMatchObject({
    message: 'Failed query: select * from users where email = ?',
    cause: 'D1_ERROR: no such table',
    stack: expect.stringContaining('log.pure.test'),
  })
  expect(JSON.stringify(fields)).not.toMatch(/ada@school|theHash/)
})
