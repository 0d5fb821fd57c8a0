import { createMiddleware } from 'hono/factory'
import { openDb } from '../shared/db'
import { serverErrors } from '../shared/errors'
import { newId } from '../shared/ids'
import { type Cursors, makeCursors } from '../shared/page'
import { scanRequest } from '../uploads/scan-actions'
import { makeMail, makePhone, makePictures, makePush, makeScanner } from './adapters'
import { type Config, readConfig } from './config'
import type { Actor, Ctx } from './context'
import type { AppEnv } from './env'
import { makeLog } from './log'
import { tellLater } from './tell'

const cursorsByConfig = new WeakMap<Config, Promise<Cursors>>()

function cursorsOf(config: Config): Promise<Cursors> {
  let cursors = cursorsByConfig.get(config)
  if (!cursors) {
    const bytes = config.CURSOR_KEY[0]?.bytes ?? new Uint8Array(32)
    const key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    cursors = key.then(makeCursors)
    cursorsByConfig.set(config, cursors)
  }
  return cursors
}

interface Origin {
  requestId?: string
  address?: string | null
  device?: string | null
  languages?: string | null
  later(work: Promise<unknown>): void
}

/**
 * Puts together what every use case is given.
 * @throws server.misconfigured, after logging which settings are wrong
 */
export async function makeCtx<A extends Actor>(env: Env, actor: A, origin: Origin): Promise<Ctx<A>> {
  const requestId = origin.requestId ?? newId('request')
  const log = makeLog({ requestId })
  const settings = readConfig(env)
  if (!settings.ok) {
    log.error('settings.invalid', { problems: settings.problems.join('; ') })
    throw serverErrors.misconfigured()
  }
  const ctx: Ctx<A> = {
    actor,
    db: openDb(env.DB),
    config: settings.config,
    cursors: await cursorsOf(settings.config),
    now: Date.now,
    newId,
    files: env.FILES,
    readAsset: (path) => readAsset(env.ASSETS, path),
    pictures: makePictures(env),
    scanner: makeScanner(settings.config),
    askForScan: async (uploadId) => void (await env.EVENTS.send(scanRequest(uploadId))),
    room: (channelId) => env.STUDY_ROOM.getByName(channelId),
    inbox: (userId) => env.USER_INBOX.getByName(userId),
    queue: env.EVENTS,
    recorded: [],
    mail: null,
    push: null,
    phone: null,
    address: origin.address ?? null,
    device: origin.device ?? null,
    languages: origin.languages ?? null,
    requestId,
    log,
    later: origin.later,
  }
  ctx.mail = makeMail(env, ctx)
  ctx.phone = makePhone(ctx)
  ctx.push = makePush(ctx)
  return ctx
}

async function readAsset(assets: Fetcher, path: string): Promise<string> {
  // Only the path counts: the binding answers for any host.
  const found = await assets.fetch(new URL(path, 'https://studyhall.invalid'))
  if (!found.ok) throw new Error(`${path} is not beside the Worker: ${found.status}`)
  return found.text()
}

/** Names the request and gives it a context; anonymous until a guard has proven more. */
export const requestContext = createMiddleware<AppEnv>(async (c, next) => {
  const requestId = c.get('requestId')
  c.set(
    'ctx',
    await makeCtx(
      c.env,
      { kind: 'anonymous' },
      {
        requestId,
        address: clientAddress(c.req.header('CF-Connecting-IP')),
        device: c.req.header('User-Agent')?.slice(0, 200) ?? null,
        languages: c.req.header('Accept-Language') ?? null,
        later: (work) => c.executionCtx.waitUntil(work),
      },
    ),
  )
  await next()
  tellLater(c.var.ctx)
})

export const requestIds = createMiddleware<AppEnv>(async (c, next) => {
  const given = c.req.header('X-Request-Id')
  c.set('requestId', given && /^[A-Za-z0-9_-]{1,64}$/.test(given) ? given : newId('request'))
  await next()
})

/** An IPv4 address as it is, an IPv6 address as its /64: one household, one key. */
export function clientAddress(header: string | undefined): string | null {
  if (!header) return null
  if (!header.includes(':')) return header
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(header)
  if (mapped?.[1]) return mapped[1]
  const [head = '', tail] = header.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail ? tail.split(':') : []
  const groups =
    tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => (Number.parseInt(group, 16) || 0).toString(16))
    .join(':')}::/64`
}
