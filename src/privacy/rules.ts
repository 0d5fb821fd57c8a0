import type { DataExportRow } from './tables'

const minute = 60_000
const day = 24 * 60 * minute

/** In which an erasure can be taken back. */
export const deletionDelayMs = 14 * day
/** One export in this time. */
export const exportEveryMs = day
export const exportKeptMs = 7 * day
/** How long a link to the file is good. */
export const exportLinkMs = 5 * minute
/** When a try to make an export counts as lost, and how many there are. */
export const exportTryMs = 5 * minute
export const maxExportTries = 5

const toIso = (ms: number) => new Date(ms).toISOString()

/** @param downloadUrl null while there is nothing to download */
export const toDataExport = (row: DataExportRow, downloadUrl: string | null) => ({
  id: row.id,
  state: row.state,
  requestedAt: toIso(row.requestedAt),
  readyAt: row.readyAt === null ? null : toIso(row.readyAt),
  expiresAt: toIso(row.expiresAt),
  bytes: row.bytes,
  downloadUrl,
})

const camel = (column: string) => column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
const isTime = (column: string) => /(?:^|_)(?:at|until)$/.test(column)

/** A row of the database as the export shows it: names and times as in the API. */
export function toExportedRow(row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row).map(([column, value]) => {
    return [camel(column), isTime(column) && typeof value === 'number' ? toIso(value) : value]
  })
  return Object.fromEntries(entries)
}
