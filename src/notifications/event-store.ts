import { sql } from 'drizzle-orm'
import { areBlocked } from '../blocks/tables'
import { mutes } from '../channels/mutes/tables'
import { channels } from '../channels/tables'
import type { Audience, EventFacts, EventType } from '../outbox/contract'
import { outbox } from '../outbox/tables'
import { users } from '../users/tables'
import type { Frequency, QuietRange } from './tables'
import { notificationSettings, pushSubscriptions } from './tables'

/** An event with the names that its words need. */
export interface EventRow {
  id: string
  type: EventType
  actorId: string | null
  actorName: string | null
  channelId: string | null
  channelName: string | null
  channelKind: 'room' | 'personal' | 'group' | 'conversation' | null
  subjectId: string | null
  audience: Audience
  cursor: string
  facts: EventFacts[EventType]
  createdAt: number
  expiresAt: number | null
  withdrawnAt: number | null
}

export type StoredEventRow = Omit<EventRow, 'facts'> & { facts: string }

export const toEvent = (row: StoredEventRow): EventRow => ({ ...row, facts: JSON.parse(row.facts) })

export const eventColumns = sql`
  e.id, e.type, e.actor_id AS actorId, actor.name AS actorName, e.channel_id AS channelId, c.name AS channelName,
  c.kind AS channelKind, e.subject_id AS subjectId, e.audience, e.cursor, e.facts, e.created_at AS createdAt,
  e.expires_at AS expiresAt, e.withdrawn_at AS withdrawnAt`

/** For the event `e`. */
export const joinNames = sql`
  LEFT JOIN ${users} actor ON actor.id = e.actor_id LEFT JOIN ${channels} c ON c.id = e.channel_id`

export const selectEvents = sql`SELECT ${eventColumns} FROM ${outbox} e ${joinNames}`

/** How somebody, `u`, wants to be told, and can be. */
export interface ReaderRow {
  userId: string
  name: string
  locale: string
  timezone: string
  isActive: number
  email: string | null
  isProven: number
  hasPush: number
  preferences: string | null
  quietHours: string | null
  quietTimezone: string | null
  quietWhileStudying: number | null
  digestHour: number | null
  digestWeekday: number | null
  bouncedAddress: string | null
}

export const readerColumns = sql`
  u.id AS userId, u.name, u.locale, u.timezone, u.status = 'active' AS isActive, u.email,
  u.email_verified_at IS NOT NULL AS isProven,
  EXISTS (SELECT 1 FROM ${pushSubscriptions} p WHERE p.user_id = u.id) AS hasPush, s.preferences,
  s.quiet_hours AS quietHours, s.quiet_timezone AS quietTimezone, s.quiet_while_studying AS quietWhileStudying,
  s.digest_hour AS digestHour, s.digest_weekday AS digestWeekday, s.bounced_address AS bouncedAddress`

export const joinSettings = sql`LEFT JOIN ${notificationSettings} s ON s.user_id = u.id`

/** How `u` stands to the event `e` and who did it. */
export interface RelationRow {
  isBlocked: number
  isMuted: number
}

export const relationColumns = (now: number) => sql`
  e.actor_id IS NOT NULL AND ${areBlocked(sql`e.actor_id`, sql`u.id`)} AS isBlocked,
  EXISTS (SELECT 1 FROM ${mutes} AS mute WHERE mute.user_id = u.id AND mute.channel_id = e.channel_id
    AND (mute.until IS NULL OR mute.until > ${now})) AS isMuted`

/** A reader with the settings read; defaults where there are none. */
export interface Reader {
  userId: string
  name: string
  locale: string
  timezone: string
  isActive: boolean
  /** Null unless it is proven. */
  email: string | null
  bounced: boolean
  hasPush: boolean
  preferences: Record<string, Partial<Record<'app' | 'mail' | 'push', Frequency>>>
  quietHours: QuietRange[]
  quietZone: string
  quietWhileStudying: boolean
  digestHour: number
  digestWeekday: number
}

export const toReader = (row: ReaderRow): Reader => ({
  userId: row.userId,
  name: row.name,
  locale: row.locale,
  timezone: row.timezone,
  isActive: row.isActive === 1,
  email: row.isProven === 1 ? row.email : null,
  bounced: row.email !== null && row.bouncedAddress === row.email,
  hasPush: row.hasPush === 1,
  preferences: row.preferences === null ? {} : JSON.parse(row.preferences),
  quietHours: row.quietHours === null ? [] : JSON.parse(row.quietHours),
  quietZone: row.quietTimezone ?? row.timezone,
  quietWhileStudying: row.quietWhileStudying !== 0,
  digestHour: row.digestHour ?? 8,
  digestWeekday: row.digestWeekday ?? 1,
})
