import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { makeCtx } from '../../src/app/request-context'
import { requireSession } from '../../src/auth/actions/require-session'
import { takeFromThrottle } from '../../src/auth/actions/throttle'
import { countingEnv, signUp } from '../support/people'

test('the guard needs one round trip and two rows', async () => {
  const ada = await signUp()
  const counting = countingEnv()
  const ctx = await makeCtx(counting.env, { kind: 'anonymous' }, { later() {} })
  expect(await requireSession(ctx, ada.accessToken, 'bearer')).toMatchObject({ userId: ada.id, role: 'student' })
  expect(counting.counts).toMatchObject({ roundTrips: 1, statements: 1, rowsRead: 2 })
})

test('of fifty tries at once a throttle lets through exactly as many as it should', async () => {
  const ctx = await makeCtx(env, { kind: 'anonymous' }, { later() {} })
  const throttle = { name: 'try', key: 'try:ada', max: 7, windowMs: 60_000 }
  const tries = await Promise.allSettled(Array.from({ length: 50 }, () => takeFromThrottle(ctx, throttle)))
  expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(7)
  const row = await env.DB.prepare('SELECT count FROM throttles WHERE key = ?').bind('try:ada').first()
  expect(row).toEqual({ count: 7 })
})
