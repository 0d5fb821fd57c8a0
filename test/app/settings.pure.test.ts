import { expect, test } from 'vitest'
import { localSecrets } from '../../scripts/local-secrets'
import { readConfig } from '../../src/app/config'

test.each([
  ['a key of 31 bytes', 'CURSOR_KEY', `k1:${'A'.repeat(42)}`],
  ['a short key behind a good one', 'REFRESH_KEYS', `k2:${'A'.repeat(43)},k1:c2hvcnQ`],
  ['a placeholder for a key', 'MFA_KEY', 'changeme'],
  ['a placeholder for a password', 'SMTP_PASSWORD', 'Change-Me'],
])('%s is no secret, and the problem names the setting but not the value', async (_what, name, value) => {
  const secrets = await localSecrets()
  const read = readConfig({ ...secrets, [name]: value })
  expect(read.ok ? [] : read.problems).toContainEqual(expect.stringContaining(`${name}:`))
  expect(JSON.stringify(read)).not.toContain(value)
})

test('a key of 32 bytes is one', async () => {
  expect(readConfig({ ...(await localSecrets()), CURSOR_KEY: `k1:${'A'.repeat(43)}` }).ok).toBe(true)
})
