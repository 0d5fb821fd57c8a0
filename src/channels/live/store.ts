import { sql } from 'drizzle-orm'
import { sessions } from '../../auth/tables'
import type { Db } from '../../shared/db'
import { users } from '../../users/tables'
import { channels, memberships, timeouts } from '../tables'
import type { ChannelReplica, MemberReplica } from './contract'
import { pomodoros } from './tables'
import type { PersonalPomodoro } from './timer-log'

interface Pair {
  sessionId: string
  userId: string
  /** Of the member's row that the object has. */
  rev: number
}

interface AccessChanges {
  endedSessionIds: string[]
  members: MemberReplica[]
  channel: ChannelReplica | null
}

/** @param asked JSON: objects with a `sessionId` */
const selectEndedSessions = (db: Db, asked: string, now: number) =>
  db.all<{ sessionId: string }>(sql`
    SELECT DISTINCT pair.value ->> 'sessionId' AS sessionId
    FROM json_each(${asked}) pair
    LEFT JOIN ${sessions} s ON s.id = pair.value ->> 'sessionId'
    LEFT JOIN ${users} u ON u.id = s.user_id
    WHERE s.id IS NULL OR s.ended_at IS NOT NULL OR s.expires_at <= ${now} OR s.ends_at <= ${now}
       OR u.status <> 'active'`)

/** Those of the sessions that do not hold any more. */
export async function findEndedSessions(db: Db, sessionIds: string[], now: number): Promise<string[]> {
  const asked = JSON.stringify(sessionIds.map((sessionId) => ({ sessionId })))
  return (await selectEndedSessions(db, asked, now)).map((row) => row.sessionId)
}

/** What of an object's sessions, memberships and channel is no longer as it knows them: one round trip. */
export async function findAccessChanges(
  db: Db,
  channel: ChannelReplica,
  pairs: Pair[],
  now: number,
): Promise<AccessChanges> {
  const asked = JSON.stringify(pairs)
  const [ended, members, channelRows] = await db.batch([
    selectEndedSessions(db, asked, now),
    db.all<Omit<MemberReplica, 'purge'> & { purge: string | null }>(sql`
      SELECT DISTINCT m.user_id AS userId, u.username, u.name, u.avatar_key AS avatarKey, m.role, m.state,
             m.joined_at AS joinedAt, t.until AS mutedUntil, m.purge, m.rev
      FROM json_each(${asked}) pair
      JOIN ${memberships} m ON m.channel_id = ${channel.id} AND m.user_id = pair.value ->> 'userId'
      JOIN ${users} u ON u.id = m.user_id
      LEFT JOIN ${timeouts} t ON t.channel_id = m.channel_id AND t.user_id = m.user_id
      WHERE m.rev > pair.value ->> 'rev'`),
    db.all<Omit<ChannelReplica, 'frozen'> & { frozen: number }>(sql`
      SELECT id, kind, name, coalesce(settings ->> 'slowModeSeconds', 0) AS slowModeSeconds,
             coalesce(settings ->> 'whoMayStartTimer', 'members') AS whoMayStartTimer, frozen, rev, deleted_at AS deletedAt
      FROM ${channels}
      WHERE id = ${channel.id} AND rev > ${channel.rev}`),
  ])
  const [found] = channelRows
  return {
    endedSessionIds: ended.map((row) => row.sessionId),
    members: members.map((one) => ({ ...one, purge: one.purge === null ? null : JSON.parse(one.purge) })),
    channel: found ? { ...found, frozen: found.frozen === 1 } : null,
  }
}

/** Notes how far the conversation is; an older report than the one noted changes nothing. */
export async function reportHead(db: Db, channelId: string, head: { ord: number; at: number }): Promise<void> {
  await db.run(sql`
    UPDATE ${channels} SET last_ord = ${head.ord}, last_message_at = ${head.at}
    WHERE id = ${channelId} AND last_ord < ${head.ord}`)
}

/** Keeps for each person that they were there when a phase of work ended: once, however often it is told. */
export async function recordPomodoros(db: Db, channelId: string, ended: PersonalPomodoro[]): Promise<void> {
  await db.run(sql`
    INSERT OR IGNORE INTO ${pomodoros} (user_id, ended_at, channel_id, run, phase, work_minutes, started_at)
    SELECT p.value ->> 'userId', p.value ->> 'endedAt', ${channelId}, p.value ->> 'run', p.value ->> 'phase',
      p.value ->> 'workMinutes', p.value ->> 'startedAt'
    FROM json_each(${JSON.stringify(ended)}) AS p CROSS JOIN ${users} AS u ON u.id = p.value ->> 'userId'
    WHERE u.status <> 'deleted'`)
}
