import { type SQL, sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { users } from '../users/tables'

/** Files that people have sent, or are about to. Deleting a row gives its bytes away to `file_trash`, by a trigger. */
export const uploads = sqliteTable(
  'uploads',
  {
    id: text().primaryKey(),
    userId: text()
      .notNull()
      .references(() => users.id),
    purpose: text({ enum: ['avatar', 'logo', 'attachment', 'material', 'note'] }).notNull(),
    filename: text().notNull(),
    contentType: text().notNull(),
    /** As announced, and exactly what is stored. Counts against the person's quota unless refused. */
    size: integer().notNull(),
    /** What a picture shows, for those who cannot see it. */
    alt: text(),
    state: text({ enum: ['pending', 'uploaded', 'scanning', 'clean', 'refused'] })
      .notNull()
      .default('pending'),
    /** Why it was refused, in words for the person. */
    refusal: text(),
    fileKey: text().notNull().unique('uploads_file_key'),
    /** SHA-256 of what is stored, in hexadecimal. */
    sha256: text(),
    width: integer(),
    height: integer(),
    createdAt: integer().notNull(),
    /** When the address to send it to stops working. */
    expiresAt: integer().notNull(),
    /** When somebody began to send: the address is used up from then on. */
    startedAt: integer(),
    uploadedAt: integer(),
    scannedAt: integer(),
    /** When a scanner was last asked, and how often. */
    askedAt: integer(),
    scanTries: integer().notNull().default(0),
    /** What uses the file, once: who may see that may read it. */
    usedKind: text({ enum: ['message', 'avatar', 'logo', 'material', 'note'] }),
    usedId: text(),
    /** Set once the channel has said that a message has the file. */
    usedKey: text(),
    usedAt: integer(),
  },
  (table) => [
    index('uploads_by_user').on(table.userId, table.state),
    index('uploads_used').on(table.usedKind, table.usedId).where(sql`used_kind IS NOT NULL`),
    index('uploads_unused').on(table.createdAt).where(sql`used_kind IS NULL`),
    index('uploads_pending').on(table.expiresAt).where(sql`state = 'pending'`),
    index('uploads_to_scan').on(table.askedAt).where(sql`state IN ('uploaded', 'scanning')`),
    index('uploads_unconfirmed').on(table.usedAt).where(sql`used_kind = 'message' AND used_key IS NULL`),
    index('uploads_unscanned').on(table.createdAt).where(sql`state = 'clean' AND scanned_at IS NULL`),
  ],
)

export type UploadRow = typeof uploads.$inferSelect
export type UploadPurpose = UploadRow['purpose']
export type UsedKind = NonNullable<UploadRow['usedKind']>

/** How many bytes each person's files have, announced ones included: kept by triggers on uploads. */
export const storageUse = sqliteTable('storage_use', {
  userId: text()
    .primaryKey()
    .references(() => users.id),
  bytes: integer().notNull(),
})

/** Keys of files that nothing uses any more. Cron deletes the bytes, then the row. */
export const fileTrash = sqliteTable(
  'file_trash',
  {
    fileKey: text().primaryKey(),
    /** Not before this: an upload that is still running would write the bytes once more. */
    dueAt: integer().notNull(),
  },
  (table) => [index('file_trash_due').on(table.dueAt)],
)

/** What somebody wants to use an upload for. */
export interface Claim {
  uploadId: string
  userId: string
  purpose: UploadPurpose
  /** Whether only what a scanner has seen may be used. */
  scanned: boolean
}

/**
 * Holds while the upload is the person's, for this purpose, clean, and used by nothing: the proof for whatever is written
 * before `claimUpload` in the same batch.
 */
export const isClaimable = ({ uploadId, userId, purpose, scanned }: Claim): SQL<number> => sql`EXISTS (
  SELECT 1 FROM uploads AS up WHERE up.id = ${uploadId} AND up.user_id = ${userId} AND up.purpose = ${purpose}
    AND up.state = 'clean' AND up.used_kind IS NULL ${scanned ? sql`AND up.scanned_at IS NOT NULL` : sql``})`
