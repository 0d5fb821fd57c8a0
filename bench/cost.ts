import type { Counts } from './counting/counts.ts'
import { fleet, type Meter, objectGb, planPerMonth, prices, socketMessagesPerRequest } from './prices.ts'

/** What the thousand do. The only assumptions of the model; everything else is counted or a price. */
export const behaviour = {
  students: 1000,
  studentsPerRoom: 10,
  /** All of them are there all the time: the month has this many hours. */
  hoursPerMonth: 730,
  messagesPerStudentHour: 20,
  /** Opening the application: refresh, the room, its members, the newest messages, and for room and inbox a ticket and a socket. */
  arrivalsPerStudentHour: 1,
  /** A token lives for 15 minutes. */
  refreshesPerStudentHour: 4,
  /** One in 25 s on each of two sockets. */
  heartbeatsPerStudentHour: 288,
  /** Objects ask D1 every 15 minutes whether sessions and memberships still hold. */
  accessChecksPerHour: 4,
  /** Messages are kept for good; storage is what a year of them takes. */
  monthsKept: 12,
} as const

/** What one of each costs, counted in a run. */
export interface Consumption {
  arrival: Counts & { cpuMs: number }
  refresh: Counts & { cpuMs: number }
  message: Counts & { cpuMs: number; storedBytes: number }
  /** One room and the inboxes of its people for an hour in which nobody says anything. */
  idleHour: Counts
  /** One check of access, by a room and the inboxes of its people. */
  accessCheck: Counts
}

export interface Line {
  unit: string
  perMonth: number
  dollars: number
}

/** The month of students who are always there, and what each meter adds to the plan. */
export function monthly(
  counted: Consumption,
  students: number = behaviour.students,
): { lines: Line[]; total: number; withoutAllowances: number } {
  const hours = students * behaviour.hoursPerMonth
  const events: [Counts & { cpuMs?: number }, number][] = [
    [counted.arrival, hours * behaviour.arrivalsPerStudentHour],
    [counted.refresh, hours * behaviour.refreshesPerStudentHour],
    [counted.message, hours * behaviour.messagesPerStudentHour],
    [counted.idleHour, hours / behaviour.studentsPerRoom],
    [counted.accessCheck, (hours / behaviour.studentsPerRoom) * behaviour.accessChecksPerHour],
  ]
  const sum = (of: (counts: Counts & { cpuMs?: number }) => number) =>
    events.reduce((total, [counts, times]) => total + of(counts) * times, 0)
  const heartbeats = hours * behaviour.heartbeatsPerStudentHour
  const messages = hours * behaviour.messagesPerStudentHour
  const used: Record<Meter, number> = {
    requests: sum((c) => c.requests),
    cpuMs: sum((c) => c.cpuMs ?? 0),
    objectRequests:
      sum(({ object }) => object.rpc + object.fetches + object.alarms) +
      (sum(({ object }) => object.socketMessages) + heartbeats) / socketMessagesPerRequest,
    objectGbSeconds: (sum(({ object }) => object.activeMs) / 1000) * objectGb,
    objectRowsRead: sum(({ object }) => object.rowsRead),
    objectRowsWritten: sum(({ object }) => object.rowsWritten),
    objectStorage: (messages * counted.message.storedBytes * behaviour.monthsKept) / 1e9,
    d1RowsRead: sum(({ d1 }) => d1.rowsRead),
    d1RowsWritten: sum(({ d1 }) => d1.rowsWritten),
    d1Storage: 1,
    queueOperations: 0,
  }
  const lines = (Object.keys(prices) as Meter[]).map((meter) => {
    const { unit, includedPerMonth, each } = prices[meter]
    return { unit, perMonth: used[meter], dollars: Math.max(0, used[meter] - includedPerMonth) * each }
  })
  const full = (Object.keys(prices) as Meter[]).reduce((total, meter) => total + used[meter] * prices[meter].each, 0)
  return { lines, total: lines.reduce((all, line) => all + line.dollars, planPerMonth), withoutAllowances: full }
}

/** How many students who are always there cost no more than this in a month, in steps of ten. */
export function studentsFor(dollars: number, counted: Consumption): number {
  let students = 0
  while (monthly(counted, students + 10).total <= dollars) students += 10
  return students
}

export function fleetPerMonth(): number {
  return fleet.reduce((total, { perMonth, count }) => total + perMonth * count, 0)
}
