import { sql } from 'drizzle-orm'
import type { UserCtx } from '../app/context'
import { users } from '../users/tables'
import { type NoteInHand, requireSeen, selectInHand } from './store'

export interface RevisionRow {
  n: number
  authorId: string
  authorName: string
  authorAvatarKey: string | null
  title: string
  startedAt: number
  endedAt: number
}

const columns = sql`r.n, r.author_id AS authorId, u.name AS authorName, u.avatar_key AS authorAvatarKey,
  r.title, r.started_at AS startedAt, r.ended_at AS endedAt`

/** Holds for revisions that others than the author could read at their time: what a room is shown of a note's past. */
const isShown = (me: string) => sql`EXISTS (SELECT 1 FROM notes AS n WHERE n.id = r.note_id
  AND (n.author_id = ${me} OR r.audience = 'public' OR r.audience = n.room_id))`

/** What a note said before, the newest first, with the note. @throws note.not_found */
export async function listRevisions(ctx: UserCtx, noteId: string, before: number | null, limit: number) {
  const [[row], rows] = await ctx.db.batch([
    selectInHand(ctx, sql`n.id = ${noteId}`),
    ctx.db.all<RevisionRow>(sql`
      SELECT ${columns} FROM note_revisions r JOIN ${users} u ON u.id = r.author_id
      WHERE r.note_id = ${noteId} ${before === null ? sql`` : sql`AND r.n < CAST(${before} AS INTEGER)`}
        AND ${isShown(ctx.actor.userId)}
      ORDER BY r.n DESC LIMIT ${limit}`),
  ])
  return { note: requireSeen(ctx, row), rows }
}

/** One of them, whole; null where there is none for the caller. @throws note.not_found */
export async function findRevision(ctx: UserCtx, noteId: string, n: number) {
  const [[row], [revision]] = await ctx.db.batch([
    selectInHand(ctx, sql`n.id = ${noteId}`),
    ctx.db.all<RevisionRow & { body: string }>(sql`
      SELECT ${columns}, r.body FROM note_revisions r JOIN ${users} u ON u.id = r.author_id
      WHERE r.note_id = ${noteId} AND r.n = ${n} AND ${isShown(ctx.actor.userId)}`),
  ])
  return { note: requireSeen(ctx, row), revision: revision ?? null }
}

/** Who wrote the current revision. */
export async function findWriter(ctx: UserCtx, note: NoteInHand) {
  const [row] = await ctx.db.all<{ name: string; avatarKey: string | null }>(sql`
    SELECT name, avatar_key AS avatarKey FROM ${users} WHERE id = ${note.revisedBy}`)
  return { authorName: row?.name ?? '', authorAvatarKey: row?.avatarKey ?? null }
}
