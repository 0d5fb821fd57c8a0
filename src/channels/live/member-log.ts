import type { MemberReplica } from './contract'
import { first, run, type Sql } from './schema'

type StoredMember = Omit<MemberReplica, 'showsPresence' | 'showsReads' | 'showsStudy'> & {
  presence: number
  reads: number
  study: number
}

/** The replica of a member as it is stored. */
export function findMember(sql: Sql, userId: string): MemberReplica | null {
  const stored = first<StoredMember>(
    sql,
    `SELECT user_id AS userId, username, name, avatar_key AS avatarKey, role, state, joined_at AS joinedAt, rev,
     muted_until AS mutedUntil, shows_presence AS presence, shows_reads AS reads, shows_study AS study
     FROM members WHERE user_id = ?`,
    userId,
  )
  if (!stored) return null
  const { presence, reads, study, ...rest } = stored
  return { ...rest, showsPresence: presence === 1, showsReads: reads === 1, showsStudy: study === 1 }
}

export function saveMember(sql: Sql, member: MemberReplica): void {
  const { userId, username, name, avatarKey, role, state, joinedAt, rev, mutedUntil } = member
  const shown = [Number(member.showsPresence), Number(member.showsReads), Number(member.showsStudy)]
  run(
    sql,
    'INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ...[userId, username, name, avatarKey, role, state, joinedAt, rev, mutedUntil, ...shown],
  )
}
