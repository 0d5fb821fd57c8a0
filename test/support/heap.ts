import type { DevServer } from './dev-server'

/** Node's takes headers, without which the inspector refuses what says that it is no browser. */
const Socket = WebSocket as unknown as new (url: string, options: { headers: Record<string, string> }) => WebSocket

interface HeapUsage {
  usedSize: number
  embedderHeapUsedSize: number
  backingStorageSize: number
}

export interface Growth {
  /** The most that was in use at once above what was before, garbage that nobody has collected yet included; in bytes. */
  peak: number
  /** What is in use above that once the garbage is collected. */
  kept: number
  samples: number
}

/**
 * The heap of the Worker under a `wrangler dev`, by its inspector: objects, what the runtime keeps for them, and the bytes
 * of array buffers. Not in it: what the runtime holds outside of the isolate, such as buffers of sockets, and other
 * isolates, such as the simulator of R2.
 */
export class Heap {
  private nextId = 1
  private readonly waiting = new Map<number, (usage: HeapUsage) => void>()

  private constructor(
    private readonly socket: WebSocket,
    private readonly server: DevServer,
  ) {
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data))
      this.waiting.get(id)?.(result)
      this.waiting.delete(id)
    })
  }

  static async of(server: DevServer): Promise<Heap> {
    const socket = new Socket(`ws://127.0.0.1:${server.inspectorPort}/ws`, { headers: { Origin: 'http://localhost' } })
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error('the inspector does not answer')))
    })
    return new Heap(socket, server)
  }

  close(): void {
    this.socket.close()
  }

  async growthDuring(work: () => Promise<void>): Promise<Growth> {
    const before = await this.collected()
    let isOver = false
    let most = before
    let samples = 0
    const done = work().finally(() => {
      isOver = true
    })
    while (!isOver) {
      most = Math.max(most, await this.used())
      samples += 1
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await done
    return { peak: most - before, kept: (await this.collected()) - before, samples }
  }

  private async collected(): Promise<number> {
    let isOver = false
    const done = this.ask('HeapProfiler.collectGarbage').finally(() => {
      isOver = true
    })
    // The collection is a task of V8's, which the runtime gets to when there is a request.
    while (!isOver) await Promise.race([done, fetch(`${this.server.url}/api/v1/health`).then((reply) => reply.text())])
    return this.used()
  }

  private async used(): Promise<number> {
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await this.ask('Runtime.getHeapUsage')
    return usedSize + embedderHeapUsedSize + backingStorageSize
  }

  private ask(method: string): Promise<HeapUsage> {
    const id = this.nextId++
    return new Promise((resolve) => {
      this.waiting.set(id, resolve)
      this.socket.send(JSON.stringify({ id, method }))
    })
  }
}
