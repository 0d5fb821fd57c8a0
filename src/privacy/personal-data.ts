import { auditData } from '../audit/personal-data'
import { authData } from '../auth/personal-data'
import { blockData } from '../blocks/personal-data'
import { calendarData } from '../calendar/personal-data'
import { liveData } from '../channels/live/personal-data'
import { channelData } from '../channels/personal-data'
import { codeData } from '../codes/personal-data'
import { conversationData } from '../conversations/personal-data'
import { friendData } from '../friends/personal-data'
import { onlineData } from '../inbox/personal-data'
import { mailData } from '../mail/personal-data'
import { materialData } from '../materials/personal-data'
import { meetupData } from '../meetups/personal-data'
import { noteData } from '../notes/personal-data'
import { notificationData } from '../notifications/personal-data'
import { outboxData } from '../outbox/personal-data'
import { profileData } from '../profiles/personal-data'
import { reportData } from '../reports/personal-data'
import type { TableDeclaration } from '../shared/personal-data'
import { studyData } from '../study/personal-data'
import { subjectData } from '../subjects/personal-data'
import { todoData } from '../todos/personal-data'
import { uploadData } from '../uploads/personal-data'
import { userData } from '../users/personal-data'

const privacyData: TableDeclaration[] = [
  {
    table: 'erasures',
    holds: 'Rooms that have yet to forget you.',
    purpose: 'To ask again until each of them has.',
    kept: 'Until the last one has.',
    rows: 'user_id = ?1 AND channel_id IN (SELECT channel_id FROM memberships WHERE user_id = ?1)',
    exported: ['channel_id', 'messages'],
    withheld: { user_id: 'the same in every row' },
    erase: [
      `INSERT OR IGNORE INTO erasures (channel_id, user_id, messages)
       SELECT m.channel_id, m.user_id, d.messages FROM memberships m JOIN deletions d ON d.user_id = m.user_id
       WHERE m.user_id = ?1`,
      // The inbox is remembered by the person's own id.
      `INSERT OR IGNORE INTO erasures (channel_id, user_id, messages)
       SELECT user_id, user_id, messages FROM deletions WHERE user_id = ?1`,
    ],
  },
  {
    table: 'deletions',
    holds: 'That you asked us to erase your account, when, and what to do with your messages.',
    purpose: 'To wait 14 days in which you can take it back, and then to do it.',
    kept: 'Until your account is erased, or you take it back.',
    rows: 'user_id = ?1',
    exported: ['messages', 'requested_at', 'erases_at'],
    withheld: { user_id: 'the same in every row' },
    erase: ['DELETE FROM deletions WHERE user_id = ?1'],
  },
  {
    table: 'data_exports',
    holds: 'When you asked for a copy of your data.',
    purpose: 'To make it, to hand it out, and to delete it again.',
    kept: 'Seven days.',
    rows: 'user_id = ?1',
    exported: ['id', 'state', 'bytes', 'requested_at', 'ready_at', 'expires_at'],
    withheld: {
      user_id: 'the same in every row',
      file_key: 'a place in our storage',
      started_at: 'how we made it',
      tries: 'how we made it',
    },
    erase: ['DELETE FROM data_exports WHERE user_id = ?1'],
  },
]

/** Every table of D1. The order is that of the erasure: what others are found by goes last. */
export const tables: TableDeclaration[] = [
  // Before the wish to be erased is gone: it says what is to become of what others read.
  ...noteData,
  ...materialData,
  ...todoData,
  ...privacyData,
  ...mailData,
  ...outboxData,
  ...notificationData,
  ...friendData,
  ...liveData,
  ...meetupData,
  ...calendarData,
  ...blockData,
  ...conversationData,
  ...reportData,
  ...onlineData,
  ...channelData,
  ...subjectData,
  ...profileData,
  ...studyData,
  ...authData,
  ...codeData,
  ...uploadData,
  ...auditData,
  ...userData,
]
