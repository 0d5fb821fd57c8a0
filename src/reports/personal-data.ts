import type { TableDeclaration } from '../shared/personal-data'

export const reportData: TableDeclaration[] = [
  {
    table: 'reports',
    holds:
      'What you have reported, why, and what came of it. In reports about you, a copy of what was reported, as it was then.',
    purpose: 'So that moderators and admins can see what happened, even when it is deleted meanwhile.',
    kept: 'The copy stays a year after the report was closed. When your account is erased, your reports stay without your name, and reports about you without yours.',
    rows: 'reporter_id = ?1',
    exported: ['id', 'target_type', 'target_id', 'channel_id', 'reason', 'note', 'state', 'resolution', 'created_at'],
    withheld: {
      reporter_id: 'the same in every row',
      target_user_id: 'somebody else',
      content: 'words of somebody else',
      closed_by: 'somebody else',
      closed_at: 'tells when somebody else was at work',
    },
    erase: [
      'UPDATE reports SET reporter_id = NULL WHERE reporter_id = ?1',
      // The words of a message stay: without them nobody could answer the report. What names the person goes.
      `UPDATE reports SET target_user_id = NULL, content = iif(target_type = 'user', NULL, content) WHERE target_user_id = ?1`,
    ],
  },
]
