import { Agent, request } from 'node:http'
import { Histogram, type Latency } from './tally.ts'

export interface Requests {
  host: string
  port: number
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  /** `{n}` becomes a number that was not used before. */
  body?: string
  /** How many are under way at once. */
  concurrency: number
  seconds: number
}

export interface Served {
  perSecond: number
  latency: Latency
  failed: number
  cpu: number
}

let nextNumber = 1

/** Keeps so many requests under way for so long, on connections that stay open. */
export async function requests(order: Requests): Promise<Served> {
  const agent = new Agent({ keepAlive: true, maxSockets: order.concurrency })
  const histogram = new Histogram()
  let failed = 0
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const worker = async () => {
    while (performance.now() - startedAt < order.seconds * 1000) {
      const sentAt = performance.now()
      const status = await once(agent, order)
      if (status >= 200 && status < 300) histogram.add(performance.now() - sentAt)
      else failed += 1
    }
  }
  await Promise.all(Array.from({ length: order.concurrency }, worker))
  const took = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  agent.destroy()
  const perSecond = histogram.count / (took / 1000)
  return { perSecond, latency: histogram.summary(), failed, cpu: (user + system) / 1000 / took }
}

function once(agent: Agent, { host, port, method, path, headers, body }: Requests): Promise<number> {
  nextNumber += 1
  const text = body?.replace('{n}', String(nextNumber))
  const length = text === undefined ? {} : { 'Content-Length': Buffer.byteLength(text) }
  return new Promise((resolve) => {
    const sent = request({ agent, host, port, method, path, headers: { ...headers, ...length } }, (reply) => {
      reply.resume()
      reply.on('end', () => resolve(reply.statusCode ?? 0))
    })
    sent.on('error', () => resolve(0))
    sent.end(text)
  })
}
