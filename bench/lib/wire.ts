import { connect, type Socket } from 'node:net'

/** Where a socket shall be opened, and what the opening request says beside the usual. */
export interface Target {
  host: string
  port: number
  path: string
  protocols?: string[]
  headers?: Record<string, string>
}

export interface Listener {
  open(wire: Wire): void
  /** The bytes are valid only during the call. */
  text(wire: Wire, payload: Buffer): void
  /** 1006 when the link went away without a close frame; 1000 and up as the server said. */
  closed(wire: Wire, code: number, detail: string): void
}

// One reader buffer for all sockets: a callback is done with it before the next one begins.
const shared = Buffer.allocUnsafeSlow(1 << 18)
const headEnd = Buffer.from('\r\n\r\n')

/** A WebSocket client made of a TCP socket and as little as possible, so that the generator is not what is measured. */
export class Wire {
  readonly index: number
  bytesIn = 0
  framesIn = 0
  isOpen = false
  private readonly listener: Listener
  private readonly socket: Socket
  private pending: Buffer | null = null
  private upgraded = false
  private code = 1006
  private detail = ''

  constructor(index: number, target: Target, listener: Listener) {
    this.index = index
    this.listener = listener
    this.socket = connect({
      host: target.host,
      port: target.port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (size: number) => {
          this.bytesIn += size
          this.take(shared.subarray(0, size))
          return true
        },
      },
    })
    this.socket.on('error', (error) => {
      this.detail ||= error.message
    })
    this.socket.on('close', () => {
      this.isOpen = false
      listener.closed(this, this.code, this.detail)
    })
    this.socket.write(openingRequest(target))
  }

  /** Masks with zeros: allowed by the protocol, unmasked by the server like any other, free for us. */
  send(text: string): void {
    const size = Buffer.byteLength(text)
    const head = size < 126 ? 6 : 8
    const frame = Buffer.allocUnsafe(head + size)
    frame[0] = 0x81
    if (size < 126) frame[1] = 0x80 | size
    else {
      frame[1] = 0x80 | 126
      frame.writeUInt16BE(size, 2)
    }
    frame.fill(0, head - 4, head)
    frame.write(text, head)
    this.socket.write(frame)
  }

  /** Cuts the link as a lost network does: nothing is said. */
  cut(): void {
    this.detail ||= 'cut by the generator'
    this.socket.destroy()
  }

  private take(chunk: Buffer): void {
    const bytes = this.pending ? Buffer.concat([this.pending, chunk]) : chunk
    let from = 0
    if (!this.upgraded) {
      const end = bytes.indexOf(headEnd)
      if (end < 0) {
        this.pending = Buffer.from(bytes)
        return
      }
      const status = bytes.subarray(9, 12).toString('latin1')
      if (status !== '101') {
        this.detail = `the server answered ${bytes.subarray(0, 300).toString('latin1').split('\r\n')[0]}`
        this.socket.destroy()
        return
      }
      this.upgraded = true
      this.isOpen = true
      this.listener.open(this)
      from = end + 4
    }
    from = this.frames(bytes, from)
    this.pending = from < bytes.length ? Buffer.from(bytes.subarray(from)) : null
  }

  private frames(bytes: Buffer, start: number): number {
    let from = start
    while (bytes.length - from >= 2) {
      let size = bytes[from + 1]! & 0x7f
      let head = 2
      if (size === 126) {
        if (bytes.length - from < 4) break
        size = bytes.readUInt16BE(from + 2)
        head = 4
      } else if (size === 127) {
        if (bytes.length - from < 10) break
        size = Number(bytes.readBigUInt64BE(from + 2))
        head = 10
      }
      const end = from + head + size
      if (end > bytes.length) break
      this.frame(bytes[from]!, bytes.subarray(from + head, end))
      from = end
    }
    return from
  }

  private frame(first: number, payload: Buffer): void {
    this.framesIn += 1
    const opcode = first & 0x0f
    if ((first & 0x80) === 0 || opcode === 0) throw new Error('fragmented frames are not expected from any peer')
    if (opcode === 1) this.listener.text(this, payload)
    else if (opcode === 8) {
      this.code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
      this.detail = payload.subarray(2).toString()
      this.socket.end(Buffer.from([0x88, 0x80, 0, 0, 0, 0]))
    } else if (opcode === 9) this.socket.write(Buffer.concat([Buffer.from([0x8a, 0x80, 0, 0, 0, 0])]))
  }
}

function openingRequest({ host, port, path, protocols, headers }: Target): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64')}`,
  ]
  if (protocols) lines.push(`Sec-WebSocket-Protocol: ${protocols.join(', ')}`)
  for (const [name, value] of Object.entries(headers ?? {})) lines.push(`${name}: ${value}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
