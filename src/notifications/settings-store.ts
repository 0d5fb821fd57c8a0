import { sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { users } from '../users/tables'
import type { Category } from './contract'
import { joinSettings, type Reader, type ReaderRow, readerColumns, toReader } from './event-store'
import type { Frequency, QuietRange } from './tables'

/** How the caller wants to be told. */
export async function findOwnSettings(ctx: UserCtx): Promise<Reader & { quietTimezone: string | null }> {
  const [row] = await ctx.db.all<ReaderRow>(sql`
    SELECT ${readerColumns} FROM ${users} u ${joinSettings} WHERE u.id = ${ctx.actor.userId}`)
  if (!row) throw new Error('somebody who is signed in is not there')
  return { ...toReader(row), quietTimezone: row.quietTimezone }
}

export interface SettingsChange {
  /** Merged into what is there, category by category. */
  preferences?: Record<string, Partial<Record<'app' | 'mail' | 'push', Frequency>>>
  quietWhileStudying?: boolean
  digestHour?: number
  digestWeekday?: number
}

/** An expression that merges two levels: JSON's own merge patch does just that. */
const merged = (patch: unknown) => sql`json_patch(preferences, ${JSON.stringify(patch)})`

export async function upsertSettings(ctx: UserCtx, change: SettingsChange): Promise<void> {
  const { preferences = {}, quietWhileStudying = null, digestHour = null, digestWeekday = null } = change
  const quiet = quietWhileStudying === null ? null : Number(quietWhileStudying)
  await ctx.db.run(sql`
    INSERT INTO notification_settings
      (user_id, preferences, quiet_hours, quiet_while_studying, digest_hour, digest_weekday, updated_at)
    VALUES (${ctx.actor.userId}, json_patch('{}', ${JSON.stringify(preferences)}), '[]', coalesce(${quiet}, 1),
      coalesce(${digestHour}, 8), coalesce(${digestWeekday}, 1), ${ctx.now()})
    ON CONFLICT DO UPDATE SET preferences = ${merged(preferences)},
      quiet_while_studying = coalesce(${quiet}, quiet_while_studying), digest_hour = coalesce(${digestHour}, digest_hour),
      digest_weekday = coalesce(${digestWeekday}, digest_weekday), updated_at = excluded.updated_at`)
}

export async function upsertQuietHours(
  ctx: UserCtx,
  quiet: { ranges: QuietRange[]; timezone: string | null },
): Promise<void> {
  await ctx.db.run(sql`
    INSERT INTO notification_settings (user_id, preferences, quiet_hours, quiet_timezone, updated_at)
    VALUES (${ctx.actor.userId}, '{}', ${JSON.stringify(quiet.ranges)}, ${quiet.timezone}, ${ctx.now()})
    ON CONFLICT DO UPDATE SET quiet_hours = excluded.quiet_hours, quiet_timezone = excluded.quiet_timezone,
      updated_at = excluded.updated_at`)
}

/** Ends mail of these kinds for somebody who is there. */
export async function updateMailOff(ctx: Ctx, userId: string, categories: Category[]): Promise<void> {
  const off = Object.fromEntries(categories.map((category) => [category, { mail: 'never' }]))
  await ctx.db.run(sql`
    INSERT INTO notification_settings (user_id, preferences, quiet_hours, updated_at)
    SELECT u.id, ${JSON.stringify(off)}, '[]', ${ctx.now()} FROM ${users} u WHERE u.id = ${userId} AND u.status <> 'deleted'
    ON CONFLICT DO UPDATE SET preferences = ${merged(off)}, updated_at = excluded.updated_at`)
}

/** Notes that an address sends mail back; whoever has it gets none until there is another address. */
export async function updateBounced(ctx: Ctx, address: string): Promise<void> {
  const now = ctx.now()
  await ctx.db.run(sql`
    INSERT INTO notification_settings (user_id, preferences, quiet_hours, bounced_address, bounced_at, updated_at)
    SELECT u.id, '{}', '[]', u.email, ${now}, ${now} FROM ${users} u WHERE u.email = ${address.toLowerCase()}
    ON CONFLICT DO UPDATE SET bounced_address = excluded.bounced_address, bounced_at = excluded.bounced_at`)
}

/** Somebody has called our mail unwanted: none of it any more, but what the safety of the account needs. */
export async function updateComplained(ctx: Ctx, address: string, categories: Category[]): Promise<void> {
  const [user] = await ctx.db.all<{ id: string }>(sql`SELECT id FROM ${users} WHERE email = ${address.toLowerCase()}`)
  if (user) await updateMailOff(ctx, user.id, categories)
}
