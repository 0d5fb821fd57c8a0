import type { TableDeclaration } from '../shared/personal-data'

/** What a person owned when the erasure began; `owner_id` moves on with the successor. */
const owned = 'SELECT id FROM channels WHERE owner_id = ?1 AND deleted_at IS NULL'

/** Moderators first, then the longest-standing; nobody who is leaving, too. */
const successor = `(
  SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id
  WHERE m.channel_id = c.id AND m.state = 'active' AND u.status = 'active'
    AND NOT EXISTS (SELECT 1 FROM deletions d WHERE d.user_id = m.user_id)
  ORDER BY m.role <> 'moderator', m.joined_at, m.user_id LIMIT 1)`

export const channelData: TableDeclaration[] = [
  {
    table: 'memberships',
    holds: 'Which rooms, groups and conversations you are or were in, since when and in which role.',
    purpose: 'To let you in, and to let others see who is there.',
    kept: 'The row stays, under an id that leads to nobody any more: rooms need to know how many there were.',
    rows: 'user_id = ?1',
    exported: ['channel_id', 'role', 'state', 'joined_at', 'updated_at'],
    withheld: {
      user_id: 'the same in every row',
      rev: 'keeps copies in step',
      unsynced: 'keeps copies in step',
      change_id: 'keeps copies in step',
      purge: 'how a ban is carried out; what was done to you is exported with its reason',
    },
    erase: [
      // Every row is touched, so that every room hears of the name that is gone.
      `UPDATE memberships SET state = iif(state = 'active', 'left', state), role = 'member', updated_at = ?2,
         rev = rev + 1, unsynced = 1
       WHERE user_id = ?1`,
    ],
  },
  {
    table: 'channels',
    holds: 'The rooms and groups you own: name, description, settings.',
    purpose: 'To run them.',
    kept: 'A room you own goes to its first moderator or longest-standing member when you are erased, and is deleted when there is none.',
    rows: 'id IN (SELECT channel_id FROM memberships WHERE user_id = ?1) AND owner_id = ?1',
    exported: [
      'id',
      'kind',
      'name',
      'description',
      'visibility',
      'settings',
      'subject_id',
      'join_policy',
      'min_level',
      'is_active',
      'schedule',
      'location',
      'max_members',
      'member_count',
      'version',
      'created_at',
      'updated_at',
      'deleted_at',
      'last_message_at',
    ],
    withheld: {
      num: 'a number that means nothing outside of the database',
      owner_id: 'the same in every row',
      owner_name: 'your name',
      owner_avatar_key: 'a place in our storage; the picture is listed with your files',
      logo_key: 'a place in our storage; the picture is listed with your files',
      frozen: 'never set in what somebody owns',
      rev: 'keeps copies in step',
      unsynced: 'keeps copies in step',
      change_id: 'keeps copies in step',
      last_ord: 'counts messages',
      last_calls: 'counts messages',
      last_sender_id: 'who wrote last, which the messages say',
      last_text: 'the beginning of the last message, which the messages say',
      live_count: 'counts people',
      live_at: 'how fresh that count is',
    },
    erase: [
      `UPDATE channels SET last_text = '' WHERE last_sender_id = ?1
         AND id IN (SELECT channel_id FROM memberships WHERE user_id = ?1)
         AND EXISTS (SELECT 1 FROM erasures WHERE channel_id = ?1 AND user_id = ?1 AND messages = 'remove')`,
      `UPDATE channels SET version = version + 1, updated_at = ?2 WHERE id IN (${owned})`,
      `UPDATE memberships SET role = 'owner', updated_at = ?2, rev = rev + 1, unsynced = 1
       WHERE (channel_id, user_id) IN (SELECT c.id, ${successor} FROM channels c
         WHERE c.owner_id = ?1 AND c.deleted_at IS NULL)`,
      `UPDATE memberships SET state = 'left', updated_at = ?2 WHERE channel_id IN (${owned}) AND state = 'active'`,
      `UPDATE invite_links SET revoked_at = ?2 WHERE channel_id IN (${owned}) AND revoked_at IS NULL`,
      `DELETE FROM channel_search WHERE rowid IN (SELECT num FROM channels WHERE owner_id = ?1 AND deleted_at IS NULL)`,
      `DELETE FROM group_search WHERE rowid IN (SELECT num FROM channels WHERE owner_id = ?1 AND deleted_at IS NULL)`,
      `UPDATE channels SET deleted_at = ?2, version = version + 1, rev = rev + 1, unsynced = 1 WHERE id IN (${owned})`,
      `UPDATE channels SET owner_name = 'Deleted user'
       WHERE id IN (SELECT channel_id FROM memberships WHERE user_id = ?1) AND owner_id = ?1`,
    ],
  },
  {
    table: 'invite_links',
    holds: 'The invite links you made.',
    purpose: 'To let in whom you gave one, and to count how often.',
    kept: 'They stop working when your account is erased.',
    rows: 'created_by = ?1',
    exported: ['code', 'channel_id', 'max_uses', 'uses', 'expires_at', 'revoked_at', 'created_at'],
    withheld: { created_by: 'the same in every row' },
    erase: ['UPDATE invite_links SET revoked_at = coalesce(revoked_at, ?2) WHERE created_by = ?1'],
  },
  {
    table: 'bans',
    holds: 'Rooms you are banned from, why and until when.',
    purpose: 'To keep the ban.',
    kept: 'Until the ban ends, or your account is erased.',
    rows: 'user_id = ?1',
    exported: ['channel_id', 'reason', 'until', 'created_at'],
    withheld: { user_id: 'the same in every row', created_by: 'somebody else' },
    erase: ['DELETE FROM bans WHERE user_id = ?1'],
  },
  {
    table: 'mutes',
    holds: 'Rooms, groups and conversations of which you want no notifications, and until when.',
    purpose: 'To leave you alone.',
    kept: 'Until you take it back, or your account is erased.',
    rows: 'user_id = ?1',
    exported: ['channel_id', 'until', 'created_at'],
    withheld: { user_id: 'the same in every row' },
    erase: ['DELETE FROM mutes WHERE user_id = ?1'],
  },
  {
    table: 'timeouts',
    holds: 'Rooms in which you may not write for a while, why and until when.',
    purpose: 'To keep the timeout.',
    kept: 'Until it ends, or your account is erased.',
    rows: 'user_id = ?1',
    exported: ['channel_id', 'reason', 'until', 'created_at'],
    withheld: { user_id: 'the same in every row', created_by: 'somebody else' },
    erase: ['DELETE FROM timeouts WHERE user_id = ?1'],
  },
  {
    table: 'invitations',
    holds: 'Invitations to you.',
    purpose: 'So that you can accept or decline them.',
    kept: 'Until your account is erased.',
    rows: 'user_id = ?1',
    exported: ['id', 'channel_id', 'state', 'created_at', 'updated_at'],
    withheld: { user_id: 'the same in every row', created_by: 'somebody else' },
    erase: ['DELETE FROM invitations WHERE user_id = ?1'],
  },
  {
    table: 'join_requests',
    holds: 'Your requests to join groups.',
    purpose: 'So that the group can answer.',
    kept: 'Until your account is erased.',
    rows: 'user_id = ?1',
    exported: ['channel_id', 'state', 'created_at', 'updated_at'],
    withheld: { user_id: 'the same in every row' },
    erase: ['DELETE FROM join_requests WHERE user_id = ?1'],
  },
  {
    table: 'waitlist',
    holds: 'Full rooms you wait for.',
    purpose: 'To let you in when there is a seat.',
    kept: 'Until you get in or give up, or your account is erased.',
    rows: 'user_id = ?1',
    exported: ['channel_id', 'created_at'],
    withheld: { user_id: 'the same in every row' },
    erase: ['DELETE FROM waitlist WHERE user_id = ?1'],
  },
  {
    table: 'appeals',
    holds: 'What you said against something that a moderator did to you, and the answer.',
    purpose: 'So that somebody looks at it again.',
    kept: 'Until your account is erased.',
    rows: 'user_id = ?1',
    exported: ['action_id', 'channel_id', 'text', 'state', 'created_at', 'answer', 'answered_at'],
    withheld: {
      user_id: 'the same in every row',
      answered_by: 'somebody else',
      change_id: 'proves that a change took place',
    },
    erase: ['DELETE FROM appeals WHERE user_id = ?1'],
  },
  {
    table: 'moderation_actions',
    holds: 'What moderators did to you, and why: removed messages, removals, timeouts and bans.',
    purpose: 'So that you see the reason and can appeal.',
    kept: 'Until your account is erased.',
    rows: 'user_id = ?1',
    exported: ['id', 'channel_id', 'action', 'reason', 'until', 'message_id', 'purged', 'created_at', 'lifted_at'],
    withheld: { user_id: 'the same in every row', actor_id: 'somebody else' },
    erase: ['DELETE FROM moderation_actions WHERE user_id = ?1'],
  },
  { table: 'ended_channels', nobody: 'Deleted rooms and groups in which something is still to be cleared.' },
  { table: 'channel_search', nobody: 'an index of the names and descriptions of public rooms' },
  { table: 'group_search', nobody: 'an index of the names and descriptions of public groups' },
]
