/**
 * Unit prices in US dollars, without tax. Read on 2026-11-21 from copies of the pages named; prices change, and this
 * file is the only place to change them.
 */
export const readOn = '2026-11-21'

export interface Metered {
  unit: string
  includedPerMonth: number
  /** Dollars per unit above what is included. */
  each: number
  source: string
}

const perMillion = (dollars: number) => dollars / 1e6

const workers = 'https://developers.cloudflare.com/workers/platform/pricing/'
const objects = 'https://developers.cloudflare.com/durable-objects/platform/pricing/'
const d1 = 'https://developers.cloudflare.com/d1/platform/pricing/'
const queues = 'https://developers.cloudflare.com/queues/platform/pricing/'

/** Workers Paid. */
export const planPerMonth = 5

export const prices = {
  requests: { unit: 'Worker requests', includedPerMonth: 10e6, each: perMillion(0.3), source: workers },
  cpuMs: { unit: 'Worker and object CPU, ms', includedPerMonth: 30e6, each: perMillion(0.02), source: workers },
  objectRequests: { unit: 'object requests', includedPerMonth: 1e6, each: perMillion(0.15), source: objects },
  objectGbSeconds: { unit: 'object GB-s', includedPerMonth: 400_000, each: perMillion(12.5), source: objects },
  objectRowsRead: { unit: 'object rows read', includedPerMonth: 25e9, each: perMillion(0.001), source: objects },
  objectRowsWritten: { unit: 'object rows written', includedPerMonth: 50e6, each: perMillion(1), source: objects },
  objectStorage: { unit: 'object storage, GB-month', includedPerMonth: 5, each: 0.2, source: objects },
  d1RowsRead: { unit: 'D1 rows read', includedPerMonth: 25e9, each: perMillion(0.001), source: d1 },
  d1RowsWritten: { unit: 'D1 rows written', includedPerMonth: 50e6, each: perMillion(1), source: d1 },
  d1Storage: { unit: 'D1 storage, GB-month', includedPerMonth: 5, each: 0.75, source: d1 },
  queueOperations: { unit: 'queue operations', includedPerMonth: 1e6, each: perMillion(0.4), source: queues },
} satisfies Record<string, Metered>

export type Meter = keyof typeof prices

/** An object is billed for this much memory while it is awake. */
export const objectGb = 0.128
/** Incoming WebSocket messages are billed as requests at this ratio; outgoing ones are free. */
export const socketMessagesPerRequest = 20

/**
 * The smallest fleet of the replaced design whose application survives the loss of a machine; its databases do not.
 * The prices of the two managed databases come from an older copy than the others.
 */
export const fleet: { what: string; perMonth: number; count: number; source: string }[] = [
  {
    what: 'virtual machine, 2 shared vCPU, 4 GB',
    perMonth: 24,
    count: 2,
    source: 'https://www.digitalocean.com/pricing/droplets',
  },
  { what: 'load balancer', perMonth: 12, count: 1, source: 'https://www.digitalocean.com/pricing/load-balancers' },
  {
    what: 'managed PostgreSQL, 1 GB, one node',
    perMonth: 15,
    count: 1,
    source: 'https://www.digitalocean.com/pricing/managed-databases',
  },
  {
    what: 'managed Valkey (Redis), 1 GB, one node',
    perMonth: 15,
    count: 1,
    source: 'https://www.digitalocean.com/pricing/managed-databases',
  },
]
