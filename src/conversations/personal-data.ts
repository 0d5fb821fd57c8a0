import type { TableDeclaration } from '../shared/personal-data'

export const conversationData: TableDeclaration[] = [
  {
    table: 'conversations',
    holds: 'With whom you have a direct conversation, and when something was last said there.',
    purpose: 'To list your conversations, and to have one with each person.',
    kept: 'Until your account is erased. The other keeps theirs, with “Deleted user”, and can write there no more.',
    rows: 'user_id = ?1',
    exported: ['other_id', 'channel_id', 'created_at', 'active_at'],
    withheld: { user_id: 'the same in every row' },
    erase: [
      `UPDATE channels SET frozen = 1, rev = rev + 1, unsynced = 1
       WHERE id IN (SELECT channel_id FROM conversations WHERE user_id = ?1)`,
      'DELETE FROM conversations WHERE user_id = ?1',
    ],
  },
]
