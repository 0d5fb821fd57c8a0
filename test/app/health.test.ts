import { exports } from 'cloudflare:workers'
import { expect, test } from 'vitest'

test('ready asks the database, the files, the queue, a room and the settings', async () => {
  const reply = await exports.default.fetch('https://studyhall.test/api/v1/health/ready')
  expect(await reply.json()).toMatchObject({
    ready: true,
    dependencies: {
      database: { ok: true },
      files: { ok: true },
      queue: { ok: true },
      rooms: { ok: true },
      settings: { ok: true },
    },
  })
  expect(reply.status).toBe(200)
})

test('a path that is not there is a problem document', async () => {
  const reply = await exports.default.fetch('https://studyhall.test/api/v1/nowhere')
  expect(reply.status).toBe(404)
  expect(reply.headers.get('Content-Type')).toBe('application/problem+json')
  expect(await reply.json()).toMatchObject({ code: 'route.not_found' })
})

test('a wrong method is told which ones are right', async () => {
  const reply = await exports.default.fetch('https://studyhall.test/api/v1/health/ready', { method: 'DELETE' })
  expect(reply.status).toBe(405)
  expect(reply.headers.get('Allow')).toBe('GET, HEAD')
})
