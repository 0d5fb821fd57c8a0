import { Hono } from 'hono'
import * as z from 'zod'
import packageJson from '../../package.json'
import { adapterNames } from './adapters'
import { readConfig } from './config'
import type { AppEnv } from './env'
import { errorFields, makeLog } from './log'
import { describe } from './openapi'

const healthReply = z.object({
  status: z.literal('ok'),
  version: z.string(),
  uptimeSeconds: z.number().describe('Of the isolate that answered; a Worker has no process of its own.'),
  configured: z.boolean(),
  adapters: z.record(z.string(), z.string()),
})

const dependency = z.object({ ok: z.boolean(), ms: z.number() })
const readyReply = z.object({
  ready: z.boolean(),
  dependencies: z.object({
    database: dependency,
    files: dependency,
    queue: dependency,
    rooms: dependency,
    settings: dependency,
  }),
})

// A Worker's clock stands still while its global scope runs, so the start is noted at the first question.
let startedAt: number | null = null

export const healthRoutes = () =>
  new Hono<AppEnv>()
    .get(
      '/',
      describe({ summary: 'Say that the Worker runs', tag: 'Operations', open: true, replies: { 200: healthReply } }),
      (c) => {
        startedAt ??= Date.now()
        return c.json({
          status: 'ok' as const,
          version: packageJson.version,
          uptimeSeconds: Math.round((Date.now() - startedAt) / 1000),
          configured: readConfig(c.env).ok,
          adapters: { database: 'd1', rooms: 'durable-objects', files: 'r2', queue: 'queues', ...adapterNames(c.env) },
        })
      },
    )
    .get(
      '/ready',
      describe({
        summary: 'Ask every dependency',
        description: 'Answers 503 with the same body when one does not answer within two seconds.',
        tag: 'Operations',
        open: true,
        replies: { 200: readyReply, 503: readyReply },
      }),
      async (c) => {
        const log = makeLog({ requestId: c.get('requestId') })
        const ask = async (name: string, question: () => Promise<unknown>) => {
          const askedAt = Date.now()
          try {
            await Promise.race([question(), timeout(2000)])
            return { ok: true, ms: Date.now() - askedAt }
          } catch (error) {
            log.error('health.not_ready', { dependency: name, ...errorFields(error) })
            return { ok: false, ms: Date.now() - askedAt }
          }
        }
        const [database, files, queue, rooms, settings] = await Promise.all([
          ask('database', () => c.env.DB.prepare('SELECT id FROM users LIMIT 1').all()),
          ask('files', () => c.env.FILES.head('health')),
          ask('queue', () => c.env.EVENTS.metrics()),
          ask('rooms', () => c.env.STUDY_ROOM.getByName('health').ping()),
          ask('settings', async () => {
            const read = readConfig(c.env)
            if (!read.ok) throw new Error(read.problems.join('; '))
          }),
        ])
        const dependencies = { database, files, queue, rooms, settings }
        const ready = Object.values(dependencies).every((one) => one.ok)
        return c.json({ ready, dependencies }, ready ? 200 : 503)
      },
    )

function timeout(ms: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms))
}
