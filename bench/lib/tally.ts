/** Ids wrap far above what one run sends. */
const idSpace = 1 << 23
const bucketsPerMs = 4
const bucketCount = 20_000 * bucketsPerMs

export interface Counts {
  sent: number
  acked: number
  deliveries: number
  lost: number
  doubled: number
  reordered: number
}

export interface Latency {
  p50: number
  p99: number
  max: number
}

/** Times in milliseconds, kept in quarter-millisecond buckets; 20 s and above share the last. */
export class Histogram {
  private readonly buckets = new Uint32Array(bucketCount)
  count = 0
  private highest = 0

  add(ms: number): void {
    const at = (ms * bucketsPerMs) | 0
    const bucket = Math.min(Math.max(at, 0), bucketCount - 1)
    this.buckets[bucket]! += 1
    this.count += 1
    if (ms > this.highest) this.highest = ms
  }

  quantile(share: number): number {
    if (this.count === 0) return Number.NaN
    const wanted = Math.ceil(this.count * share)
    let seen = 0
    for (let n = 0; n < bucketCount; n += 1) {
      seen += this.buckets[n]!
      if (seen >= wanted) return (n + 1) / bucketsPerMs
    }
    return this.highest
  }

  summary(): Latency {
    return { p50: this.quantile(0.5), p99: this.quantile(0.99), max: Math.ceil(this.highest * 10) / 10 }
  }

  clear(): void {
    this.buckets.fill(0)
    this.count = 0
    this.highest = 0
  }
}

/**
 * Who has heard what. The order in which messages are first heard by anybody is the order of the room: every socket
 * has to hear exactly that, from the first message after it joined. The count of a socket that keeps to it is one
 * comparison; only who strays is remembered message by message.
 */
export class Tally {
  readonly latency = new Histogram()
  readonly ackLatency = new Histogram()
  private readonly sentAt = new Float64Array(idSpace)
  private readonly place = new Int32Array(idSpace).fill(-1)
  private readonly next: Int32Array
  private readonly missing: (Set<number> | null)[]
  private nextId = 1
  private places = 0
  private acked = 0
  private deliveries = 0
  private doubled = 0
  private reordered = 0
  private measuredFrom = Number.POSITIVE_INFINITY
  private measuredTo = 0

  constructor(sockets: number) {
    this.next = new Int32Array(sockets)
    this.missing = new Array<Set<number> | null>(sockets).fill(null)
  }

  get counts(): Counts {
    return {
      sent: this.nextId - 1,
      acked: this.acked,
      deliveries: this.deliveries,
      lost: this.lost(),
      doubled: this.doubled,
      reordered: this.reordered,
    }
  }

  get heardByAnybody(): number {
    return this.places
  }

  send(now: number): number {
    const id = this.nextId
    this.nextId += 1
    this.sentAt[id % idSpace] = now
    return id
  }

  /** From now on latencies are those of messages sent later, until `endMeasuring`. */
  startMeasuring(): void {
    this.latency.clear()
    this.ackLatency.clear()
    this.measuredFrom = this.nextId
    this.measuredTo = Number.POSITIVE_INFINITY
  }

  endMeasuring(): void {
    this.measuredTo = this.nextId
  }

  ack(id: number, now: number): void {
    this.acked += 1
    if (id >= this.measuredFrom && id < this.measuredTo) this.ackLatency.add(now - this.sentAt[id % idSpace]!)
  }

  /** Gives the ids their places in the room's order. The first place when they stand in a row, otherwise -1. */
  order(ids: readonly number[]): number {
    for (const id of ids)
      if (this.place[id % idSpace] === -1) {
        this.place[id % idSpace] = this.places
        this.places += 1
      }
    const first = this.place[(ids[0] ?? 0) % idSpace] ?? -1
    return ids.every((id, n) => this.place[id % idSpace] === first + n) ? first : -1
  }

  /** @param first what `order` said of these ids */
  heard(socket: number, ids: readonly number[], first: number, now: number): void {
    this.deliveries += ids.length
    for (let n = 0; n < ids.length; n += 1) {
      const id = ids[n]!
      if (id >= this.measuredFrom && id < this.measuredTo) this.latency.add(now - this.sentAt[id % idSpace]!)
    }
    if (first >= 0 && this.next[socket] === first) this.next[socket] = first + ids.length
    else for (const id of ids) this.stray(socket, this.place[id % idSpace]!)
  }

  /** A socket that joins now owes nothing of what was said before. */
  join(socket: number): void {
    this.next[socket] = this.places
    this.missing[socket] = null
  }

  private stray(socket: number, place: number): void {
    const expected = this.next[socket]!
    if (place >= expected) {
      if (place > expected) {
        const missing = this.missing[socket] ?? new Set<number>()
        for (let gap = expected; gap < place; gap += 1) missing.add(gap)
        this.missing[socket] = missing
      }
      this.next[socket] = place + 1
    } else if (this.missing[socket]?.delete(place)) this.reordered += 1
    else this.doubled += 1
  }

  private lost(): number {
    let lost = (this.nextId - 1 - this.places) * this.next.length
    for (let socket = 0; socket < this.next.length; socket += 1)
      lost += this.places - this.next[socket]! + (this.missing[socket]?.size ?? 0)
    return lost
  }
}
