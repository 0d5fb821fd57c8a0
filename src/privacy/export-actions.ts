import type { Ctx, UserCtx } from '../app/context'
import { newSecret } from '../shared/secrets'
import { openToken, signToken } from '../shared/signed-tokens'
import { privacyErrors } from './errors'
import { writeFile } from './export-file'
import {
  claimExport,
  deleteExport,
  findExport,
  findNewestExport,
  finishExport,
  insertExport,
  listExpiredExports,
  listExportsOf,
  listOpenExports,
} from './export-store'
import { tables } from './personal-data'
import { exportEveryMs, exportLinkMs, toDataExport, toExportedRow } from './rules'
import { listChannelsOf, listPersonalRows } from './store'
import type { DataExportRow } from './tables'

const purpose = 'export download'
const rowsAtOnce = 500
const messagesAtOnce = 500

/** Begins a copy of everything that is stored about the caller. @throws export.too_soon with Retry-After */
export async function requestExport(ctx: UserCtx) {
  const { newest, isNew } = await insertExport(ctx, `exports/${newSecret()}.json`)
  if (!newest) throw privacyErrors.exportNotFound()
  if (!isNew) {
    const seconds = Math.max(1, Math.ceil((newest.requestedAt + exportEveryMs - ctx.now()) / 1000))
    throw privacyErrors.exportTooSoon({ headers: { 'Retry-After': String(seconds) } })
  }
  // What does not come to its end here, cron begins again.
  ctx.later(makeExport(ctx, newest.id))
  return toDataExport(newest, null)
}

/** The newest copy, with a link while there is a file. @throws export.not_found */
export async function showExport(ctx: UserCtx) {
  const row = await findNewestExport(ctx, ctx.actor.userId)
  if (!row || row.expiresAt <= ctx.now()) throw privacyErrors.exportNotFound()
  if (row.state !== 'ready') return toDataExport(row, null)
  const token = await signToken(ctx.config.CURSOR_KEY, purpose, { id: row.id, until: ctx.now() + exportLinkMs })
  return toDataExport(row, `${ctx.config.PUBLIC_URL}/api/v1/exports/${token}`)
}

/** The file behind a link. @throws export.not_found */
export async function readExport(ctx: Ctx, token: string) {
  const id = await openToken(ctx.config.CURSOR_KEY, purpose, token, ctx.now())
  const row = id === null ? null : await findExport(ctx, id)
  const file = row && row.expiresAt > ctx.now() ? await ctx.files.get(row.fileKey) : null
  if (!file) throw privacyErrors.exportNotFound()
  return file
}

/** Writes the file of an export, unless somebody else is at it. Never throws: a lost try is made again. */
export async function makeExport(ctx: Ctx, id: string): Promise<void> {
  try {
    const row = await claimExport(ctx, id)
    if (row) await finishExport(ctx, id, await writeFile(ctx.files, row.fileKey, textOf(ctx, row)))
  } catch (error) {
    ctx.log.error('export.not_made', { exportId: id, error: String(error) })
  }
}

/** Makes what is still open, a few at a time. */
export async function makeOpenExports(ctx: Ctx, limit: number): Promise<void> {
  for (const { id } of await listOpenExports(ctx, limit)) await makeExport(ctx, id)
}

/** Deletes copies whose time is over: the file first, so that none is left without a row. */
export async function deleteOldExports(ctx: Ctx, limit: number): Promise<void> {
  for (const row of await listExpiredExports(ctx, limit)) await deleteFile(ctx, row)
}

export async function deleteExportsOf(ctx: Ctx, userId: string): Promise<void> {
  for (const row of await listExportsOf(ctx, userId)) await deleteFile(ctx, row)
}

async function deleteFile(ctx: Ctx, row: DataExportRow): Promise<void> {
  await ctx.files.delete(row.fileKey)
  await deleteExport(ctx, row.id)
}

/** The export as JSON text, piece by piece, so that no more than a page of it is held at a time. */
async function* textOf(ctx: Ctx, { userId }: DataExportRow): AsyncGenerator<string> {
  const head = { format: 'studyhall-export-1', exportedAt: new Date(ctx.now()).toISOString(), userId }
  yield `${JSON.stringify(head).slice(0, -1)},"files":[`
  yield* listOf(filesOf(ctx, userId))
  yield '],"tables":{'
  let comma = ''
  for (const table of tables) {
    if (!('rows' in table) || table.exported.length === 0) continue
    yield `${comma}${JSON.stringify(table.table)}:[`
    yield* listOf(rowsOf(ctx, table, userId))
    yield ']'
    comma = ','
  }
  yield '},"channels":['
  yield* listOf(channelsOf(ctx, userId))
  yield ']}'
}

async function* listOf(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  let comma = ''
  for await (const item of items) {
    yield comma + JSON.stringify(item)
    comma = ','
  }
}

async function* rowsOf(ctx: Ctx, table: Parameters<typeof listPersonalRows>[1], userId: string) {
  const limit = table.atOnce ?? rowsAtOnce
  for (let after = 0; ; ) {
    const rows = await listPersonalRows(ctx, table, userId, after, limit)
    for (const { rowNumber, ...row } of rows) {
      after = rowNumber
      yield toExportedRow(row)
    }
    if (rows.length < limit) return
  }
}

/** Where the person's files are: each address asks anew who is there and leads to a link that lives five minutes. */
async function* filesOf(ctx: Ctx, userId: string) {
  const uploads = tables.find(({ table }) => table === 'uploads')
  if (!uploads || !('rows' in uploads)) return
  for await (const { id, filename, contentType, size, sha256, state } of rowsOf(ctx, uploads, userId))
    if (state === 'clean')
      yield { id, filename, contentType, size, sha256, url: `${ctx.config.PUBLIC_URL}/api/v1/uploads/${id}/content` }
}

/** A part for each page of each channel: a busy one comes in several. */
async function* channelsOf(ctx: Ctx, userId: string) {
  for (const { id, name } of await listChannelsOf(ctx, userId)) {
    for (let after: number | null = 0; after !== null; ) {
      const page: Awaited<ReturnType<ReturnType<Ctx['room']>['exportMember']>> = await ctx
        .room(id)
        .exportMember(userId, after, messagesAtOnce)
      after = page.next
      const messages = page.messages.map(({ createdAt, editedAt, ...message }) => ({
        ...message,
        createdAt: new Date(createdAt).toISOString(),
        editedAt: editedAt === null ? null : new Date(editedAt).toISOString(),
      }))
      const { reactions, readUpTo } = page
      const isEmpty = messages.length === 0 && reactions.length === 0 && readUpTo === null
      if (!isEmpty) yield { channelId: id, name, messages, reactions, readUpTo }
    }
  }
}
