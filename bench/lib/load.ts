import { createInterface } from 'node:readline'
import type { Served } from './http-load.ts'
import type { Connected, Counted, Order, Reconnected, Talked } from './orders.ts'
import { cores, node, Started } from './processes.ts'

type Answers = {
  connect: Connected
  talk: Talked
  burst: Omit<Talked, 'rate'>
  idle: Counted
  requests: Served
  cut: object
  reconnect: Reconnected
  refetched: object
  counts: Counted
  close: object
}

/** Above this share of its core the generator measures itself, and nothing is reported. */
export const generatorLimit = 0.8

/** The generator's process, as the harness sees it. */
export class Generator {
  private readonly started: Started
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  private number = 0

  constructor() {
    this.started = new Started(cores.generator, node, ['--max-semi-space-size=64', 'bench/lib/generator.ts'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const { stdout } = this.started.child
    if (!stdout) throw new Error('the generator has no output')
    createInterface({ input: stdout }).on('line', (line) => {
      const { number, result, error } = JSON.parse(line) as { number: number; result?: unknown; error?: string }
      const waiting = this.waiting.get(number)
      this.waiting.delete(number)
      if (error) waiting?.reject(new Error(error))
      else waiting?.resolve(result)
    })
    this.started.child.once('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the generator has ended'))
    })
  }

  order<K extends Order['do']>(order: Extract<Order, { do: K }>): Promise<Answers[K]> {
    this.number += 1
    const { number } = this
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve: resolve as (value: unknown) => void, reject })
      this.started.child.stdin?.write(`${JSON.stringify({ order, number })}\n`)
    })
  }

  stop(): Promise<void> {
    return this.started.stop()
  }
}
