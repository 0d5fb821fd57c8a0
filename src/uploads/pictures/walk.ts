/** A picture whose structure is not that of its kind, or that ends too early. */
export class DamagedPicture extends Error {}

/**
 * What a reader of a picture wants next: so many bytes to look at and change in place; so many to pass; so many to be
 * replaced by zeros; or everything up to the next JPEG marker, whose second byte it gets.
 */
export type Step = { read: number } | { pass: number } | { blank: number } | { scan: 'marker' }

/** Reads a picture from its beginning to its end, whatever pieces it arrives in. What comes behind the end is blanked. */
export type PictureReader = Generator<Step, void, Uint8Array>

export interface Measures {
  width: number
  height: number
}

const nothing = new Uint8Array()

/**
 * Runs a reader over a stream. As many bytes come out as go in, so a picture's length is known before it is read, and no
 * more is held back than the reader asks to see at once.
 */
export class Walk {
  private step: Step = { pass: 0 }
  private held = nothing
  private afterFF = false
  private ended = false

  constructor(private readonly reader: PictureReader) {
    this.advance(nothing)
  }

  /** @throws DamagedPicture, and whatever the reader throws */
  push(chunk: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = []
    for (let at = 0; at < chunk.length; ) at += this.take(chunk.subarray(at), out)
    return out
  }

  /** @throws DamagedPicture when the picture was not over */
  end(): void {
    const passes = 'pass' in this.step && this.step.pass === Number.POSITIVE_INFINITY
    if (!this.ended && !passes) throw new DamagedPicture('the picture ends too early')
  }

  /** Deals with the beginning of what is there. @returns with how much of it */
  private take(rest: Uint8Array, out: Uint8Array[]): number {
    const { step } = this
    if ('read' in step) return this.takeToRead(rest, step.read, out)
    if ('scan' in step) return this.takeToMarker(rest, out)
    const wanted = 'pass' in step ? step.pass : step.blank
    const taken = Math.min(wanted, rest.length)
    out.push('pass' in step ? rest.subarray(0, taken) : new Uint8Array(taken))
    this.step = 'pass' in step ? { pass: wanted - taken } : { blank: wanted - taken }
    if (taken === wanted) this.advance(nothing)
    return taken
  }

  private takeToRead(rest: Uint8Array, wanted: number, out: Uint8Array[]): number {
    const taken = Math.min(wanted - this.held.length, rest.length)
    const read = new Uint8Array(this.held.length + taken)
    read.set(this.held)
    read.set(rest.subarray(0, taken), this.held.length)
    this.held = read
    if (read.length < wanted) return taken
    this.held = nothing
    this.advance(read)
    out.push(read)
    return taken
  }

  private takeToMarker(rest: Uint8Array, out: Uint8Array[]): number {
    let at = 0
    while (at < rest.length) {
      if (!this.afterFF) {
        const found = rest.indexOf(0xff, at)
        at = found < 0 ? rest.length : found + 1
        this.afterFF = found >= 0
        continue
      }
      const byte = rest[at] as number
      at += 1
      this.afterFF = byte === 0xff
      // A zero stands behind each 0xff of the picture itself, and restarts are part of it.
      if (byte === 0xff || byte === 0 || (byte >= 0xd0 && byte <= 0xd7)) continue
      this.advance(rest.slice(at - 1, at))
      break
    }
    out.push(rest.subarray(0, at))
    return at
  }

  /** Hands the reader what it asked for, and hears what it wants next. */
  private advance(read: Uint8Array): void {
    for (let next = this.reader.next(read); ; next = this.reader.next(nothing)) {
      if (next.done) {
        this.ended = true
        this.step = { blank: Number.POSITIVE_INFINITY }
        return
      }
      this.step = next.value
      const isEmpty = Object.values(next.value).includes(0)
      if (!isEmpty) return
    }
  }
}

export const ascii = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
