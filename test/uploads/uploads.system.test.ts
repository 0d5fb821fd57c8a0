import { randomFillSync } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Person } from '../../scripts/demo/client'
import { DevServer } from '../support/dev-server'
import { type Growth, Heap } from '../support/heap'

/** A daemon that speaks INSTREAM, remembers what it was sent, and finds what it is told to find. */
class FakeClamd {
  readonly streams: Buffer[] = []
  answers = true
  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeClamd> {
    const started: { clamd?: FakeClamd } = {}
    const server = createServer((socket) => started.clamd?.serve(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    started.clamd = new FakeClamd(server)
    return started.clamd
  }

  get port(): number {
    const address = this.server.address()
    return address && typeof address === 'object' ? address.port : 0
  }

  stop(): void {
    this.server.close()
  }

  private serve(socket: Socket): void {
    const got: Buffer[] = []
    let end: Buffer = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      got.push(data)
      end = Buffer.concat([end, data]).subarray(-4)
      const stream = end.some((byte: number) => byte !== 0) ? null : readStream(Buffer.concat(got))
      if (stream === null) return
      this.streams.push(stream)
      if (!this.answers) socket.destroy()
      else if (stream.includes('EICAR')) socket.end('stream: Eicar-Test-Signature FOUND\0')
      else socket.end('stream: OK\0')
    })
  }
}

/** What was sent by INSTREAM, once all of it is there; throws where the protocol is not kept. */
function readStream(got: Buffer): Buffer | null {
  const command = 'zINSTREAM\0'
  if (got.length < command.length) return null
  if (got.toString('latin1', 0, command.length) !== command) throw new Error(`not INSTREAM: ${got.subarray(0, 20)}`)
  const chunks: Buffer[] = []
  for (let at = command.length; at + 4 <= got.length; ) {
    const length = got.readUInt32BE(at)
    if (length === 0) return Buffer.concat(chunks)
    if (at + 4 + length > got.length) return null
    chunks.push(got.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return null
}

let clamd: FakeClamd
let scanning: DevServer

beforeAll(async () => {
  clamd = await FakeClamd.start()
  scanning = await DevServer.create({ settings: { CLAMD_ADDRESS: `127.0.0.1:${clamd.port}` } })
  await scanning.start()
}, 120_000)

afterAll(async () => {
  await scanning?.remove()
  clamd?.stop()
})

interface Announced {
  id: string
  uploadUrl: string
  headers: Record<string, string>
}

async function announce(person: Person, size: number, filename = 'a.zip', contentType = 'application/zip') {
  return person.call<Announced>('POST', '/uploads', { filename, contentType, size, purpose: 'attachment' })
}

const put = ({ uploadUrl, headers }: Announced, body: BodyInit) => fetch(uploadUrl, { method: 'PUT', headers, body })

async function until(person: Person, id: string, state: string) {
  // A queue waits five seconds for company, and machines are busy.
  for (const deadline = Date.now() + 90_000; Date.now() < deadline; ) {
    const upload = await person.call<{ state: string; reason: string | null }>('GET', `/uploads/${id}`)
    if (upload.state === state) return upload
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`the upload did not become ${state}`)
}

test('with a scanner, the daemon is sent every byte; nothing is read before it has answered, and what it finds never', async () => {
  const ann = await Person.register(scanning.url, 'Ann')
  const good = Buffer.concat([Buffer.from('PK\x03\x04'), randomFillSync(Buffer.alloc(300_000))])
  const fine = await announce(ann, good.length)
  const sent = (await (await put(fine, good)).json()) as { state: string }
  expect(sent.state).toBe('uploaded')
  await until(ann, fine.id, 'clean')
  expect(clamd.streams.some((stream) => stream.equals(good))).toBe(true)

  const bad = Buffer.from('X5O!P%@AP EICAR test')
  const harmful = await announce(ann, bad.length, 'a.txt', 'text/plain')
  await put(harmful, bad)
  expect((await until(ann, harmful.id, 'refused')).reason).toContain('Eicar-Test-Signature')

  clamd.answers = false
  const waiting = await announce(ann, bad.length, 'b.txt', 'text/plain')
  await put(waiting, bad)
  await until(ann, waiting.id, 'scanning')
  const read = await fetch(`${scanning.url}/api/v1/uploads/${waiting.id}/content`, {
    headers: { Authorization: `Bearer ${ann.bearer}` },
    redirect: 'manual',
  })
  expect(read.status).toBe(409)
})

const mebibyte = 1024 * 1024
const shown = ({ peak, kept, samples }: Growth) =>
  `${(peak / mebibyte).toFixed(1)} MiB at most, ${(kept / mebibyte).toFixed(1)} MiB in the end (${samples} looks)`

test('25 MiB make the heap of the Worker grow by less than 5 MiB, garbage included: on their way in, and to the scanner', async ({
  annotate,
}) => {
  clamd.answers = true
  const ann = await Person.register(scanning.url, 'Ann')
  const heap = await Heap.of(scanning)
  const size = 25 * mebibyte
  const line = Buffer.from('What a student might write, with an Ü and a 線 in it, again and again.\n')
  const files = [
    ['a.zip', 'application/zip', Buffer.concat([Buffer.from('PK\x03\x04'), randomFillSync(Buffer.alloc(size - 4))])],
    ['a.txt', 'text/plain', Buffer.alloc(size - (size % line.length), line)],
  ] as const
  for (const [filename, contentType, bytes] of files) {
    const announced = await announce(ann, bytes.length, filename, contentType)
    const sent = await heap.growthDuring(async () => {
      expect((await put(announced, bytes)).status).toBe(200)
    })
    const scanned = await heap.growthDuring(async () => {
      await until(ann, announced.id, 'clean')
    })
    await annotate(`${filename} of 25 MiB: ${shown(sent)}; to the scanner: ${shown(scanned)}`, 'measured')
    for (const { peak } of [sent, scanned]) expect(peak).toBeLessThan(5 * mebibyte)
    expect(clamd.streams.at(-1)?.equals(bytes)).toBe(true)
  }
  heap.close()
}, 240_000)
