import { sql } from 'drizzle-orm'
import { sessions } from '../../auth/tables'
import { online } from '../../inbox/tables'
import type { Db } from '../../shared/db'
import { users } from '../../users/tables'
import { joinShown, type Shown, shownColumns, toShown } from '../members/shown-store'
import { mutes } from '../mutes/tables'
import { channels, memberships, timeouts } from '../tables'
import type { ChannelReplica, MemberReplica } from './contract'
import type { Head } from './reading'
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

type StoredMember = Omit<MemberReplica, 'purge' | keyof Shown> & Record<keyof Shown, number> & { purge: string | null }

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
    db.all<StoredMember>(sql`
      SELECT DISTINCT m.user_id AS userId, u.username, u.name, u.avatar_key AS avatarKey, m.role, m.state,
             m.joined_at AS joinedAt, t.until AS mutedUntil, m.purge, m.rev, ${shownColumns}
      FROM json_each(${asked}) pair
      JOIN ${memberships} m ON m.channel_id = ${channel.id} AND m.user_id = pair.value ->> 'userId'
      JOIN ${channels} c ON c.id = m.channel_id
      JOIN ${users} u ON u.id = m.user_id
      LEFT JOIN ${timeouts} t ON t.channel_id = m.channel_id AND t.user_id = m.user_id
      ${joinShown}
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
    members: members.map((row) => ({
      ...row,
      purge: row.purge === null ? null : JSON.parse(row.purge),
      ...toShown(row),
    })),
    channel: found ? { ...found, frozen: found.frozen === 1 } : null,
  }
}

interface Report {
  head: Head | null
  liveCount: number
  now: number
}

/** Until then a count of people that has not changed is not written anew. */
const countKeptMs = 10 * 60_000
/** How many members hear at most that there is something new; the others see it in their lists. */
const toldAtMost = 800

/**
 * Notes how far the conversation is and how many are there; an older head than the one noted changes nothing.
 * @param except who need not be told; null: nobody is to be told anything
 * @returns the ids of the other members who are online and have not muted the channel
 */
export async function reportHead(
  db: Db,
  channelId: string,
  { head, liveCount, now }: Report,
  except: string[] | null,
): Promise<string[]> {
  const isStale = sql`(live_count <> ${liveCount} OR live_at < ${now - countKeptMs})`
  const live = sql`live_at = iif(${isStale}, ${now}, live_at), live_count = ${liveCount}`
  const said = head
    ? sql`last_ord = ${head.ord}, last_calls = ${head.calls}, last_sender_id = ${head.senderId},
        last_text = ${head.text}, last_message_at = ${head.at}, ${live} WHERE last_ord <= ${head.ord}`
    : sql`${live} WHERE ${isStale}`
  const update = db.run(sql`UPDATE ${channels} SET ${said} AND id = ${channelId}`)
  if (except === null) {
    await update
    return []
  }
  const [, rows] = await db.batch([
    update,
    db.all<{ userId: string }>(sql`
      SELECT m.user_id AS userId FROM ${memberships} m CROSS JOIN ${online} o ON o.user_id = m.user_id
      WHERE m.channel_id = ${channelId} AND m.state = 'active' AND o.until > ${now}
        AND m.user_id NOT IN (SELECT value FROM json_each(${JSON.stringify(except)}))
        AND NOT EXISTS (SELECT 1 FROM ${mutes} q WHERE q.user_id = m.user_id AND q.channel_id = m.channel_id
          AND (q.until IS NULL OR q.until > ${now}))
      LIMIT ${toldAtMost}`),
  ])
  return rows.map(({ userId }) => userId)
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
