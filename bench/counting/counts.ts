import { AsyncLocalStorage } from 'node:async_hooks'

export type ObjectEvent = 'fetches' | 'rpc' | 'socketMessages' | 'socketCloses' | 'alarms'

export interface Counts {
  requests: number
  d1: { roundTrips: number; queries: number; rowsRead: number; rowsWritten: number }
  object: {
    constructed: number
    fetches: number
    rpc: number
    socketMessages: number
    socketCloses: number
    alarms: number
    rowsRead: number
    rowsWritten: number
    /** Statements whose rows could not be read, because another object came between. */
    unread: number
    /** Time in which an object was awake, to the last of its timers. */
    activeMs: number
  }
  /** What rooms alone were woken for, and their bytes; inboxes are objects, too. */
  room: Record<ObjectEvent | 'storedBytes', number>
}

const noEvents = { fetches: 0, rpc: 0, socketMessages: 0, socketCloses: 0, alarms: 0 }

const zero = (): Counts => ({
  requests: 0,
  d1: { roundTrips: 0, queries: 0, rowsRead: 0, rowsWritten: 0 },
  object: {
    ...{ constructed: 0, ...noEvents },
    ...{ rowsRead: 0, rowsWritten: 0, unread: 0, activeMs: 0 },
  },
  room: { ...noEvents, storedBytes: 0 },
})

export const counts = zero()
const cursors: { rowsRead: number; rowsWritten: number }[] = []
const sizes = new Map<string, number>()
const activeUntil = new Map<string, number>()
let watched = false
let counting = true

/**
 * Counts the rows of every statement that any object runs; a cursor knows them once it has been read. Setting an alarm is
 * billed as a row written, and counts as one.
 */
export function watchStorage({ storage }: DurableObjectState): void {
  if (watched) return
  watched = true
  const storagePrototype = Object.getPrototypeOf(storage) as DurableObjectStorage
  const { setAlarm } = storagePrototype
  storagePrototype.setAlarm = function (this: DurableObjectStorage, ...args: Parameters<typeof setAlarm>) {
    if (counting) counts.object.rowsWritten += 1
    return setAlarm.apply(this, args)
  }
  const prototype = Object.getPrototypeOf(storage.sql) as SqlStorage
  const exec = prototype.exec as (this: SqlStorage, ...args: unknown[]) => ReturnType<SqlStorage['exec']>
  prototype.exec = function (this: SqlStorage, ...args: unknown[]) {
    const cursor = exec.apply(this, args)
    // The local simulator notes the name of each object that it starts; deployed there is no such row.
    if (counting && !String(args[0]).includes('__miniflare')) cursors.push(cursor)
    return cursor
  } as SqlStorage['exec']
}

/** For what the bench does by itself in an object. */
export function uncounted(act: () => void): void {
  counting = false
  try {
    act()
  } finally {
    counting = true
  }
}

/** The object that is at work, whatever it waits for meanwhile. */
const atWork = new AsyncLocalStorage<string>()

/**
 * A timer, as events that wait for company have one, keeps its object awake. One that only waits for its sockets is not
 * billed for time.
 */
export function watchTimers(): void {
  const { setTimeout: plan } = globalThis
  globalThis.setTimeout = ((act: () => void, ms = 0, ...args: unknown[]) => {
    const id = atWork.getStore()
    if (id !== undefined) countAwake(id, Date.now(), Date.now() + ms)
    return Reflect.apply(plan, globalThis, [act, ms, ...args])
  }) as typeof setTimeout
}

function countAwake(id: string, from: number, until: number): void {
  const known = activeUntil.get(id) ?? 0
  counts.object.activeMs += Math.max(0, until - Math.max(known, from))
  activeUntil.set(id, Math.max(known, until))
}

/** Counts the event and what it did. Cursors and sizes can be read only inside the object that they belong to. */
export function duringEvent<T>(ctx: DurableObjectState, kind: ObjectEvent, isRoom: boolean, act: () => T): T {
  counts.object[kind] += 1
  if (isRoom) counts.room[kind] += 1
  const id = ctx.id.toString()
  const settle = () => {
    for (const cursor of cursors.splice(0)) {
      try {
        counts.object.rowsRead += cursor.rowsRead
        counts.object.rowsWritten += cursor.rowsWritten
      } catch {
        counts.object.unread += 1
      }
    }
    if (isRoom) sizes.set(id, ctx.storage.sql.databaseSize)
    countAwake(id, startedAt, Date.now())
  }
  const startedAt = Date.now()
  const result = atWork.run(id, act)
  if (result instanceof Promise) return result.finally(settle) as T
  settle()
  return result
}

/** What was counted since the last reading. */
export function readCounts(): Counts {
  for (const size of sizes.values()) counts.room.storedBytes += size
  const told = structuredClone(counts)
  const { d1, object, room, requests } = zero()
  Object.assign(counts.d1, d1)
  Object.assign(counts.object, object)
  Object.assign(counts.room, room)
  counts.requests = requests
  return told
}
