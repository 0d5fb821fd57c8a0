import type { TableDeclaration } from '../shared/personal-data'

export const outboxData: TableDeclaration[] = [
  {
    table: 'outbox',
    holds: 'What you did that others were told of: that you asked, invited, answered or mentioned somebody. No words.',
    purpose: 'So that nobody whom it concerns misses it.',
    kept: '90 days; your name goes from it when your account is erased.',
    rows: 'actor_id = ?1',
    numberedBy: 'id',
    exported: ['id', 'type', 'channel_id', 'subject_id', 'created_at', 'withdrawn_at'],
    withheld: {
      actor_id: 'the same in every row',
      audience: 'whom it was for is theirs',
      recipients: 'whom it was for is theirs',
      facts: 'repeats what is exported where it happened',
      expires_at: 'how we told of it',
      cursor: 'how we told of it',
      next_at: 'how we told of it',
      tries: 'how we told of it',
    },
    erase: [
      `UPDATE outbox SET actor_id = NULL, facts = json_remove(facts, '$.reason') WHERE actor_id = ?1`,
      `UPDATE outbox SET facts = '{"oldAddress":null}' WHERE subject_id = ?1 AND type = 'security.address_changed'`,
    ],
  },
  {
    table: 'reminders',
    holds: 'What you want to be reminded of, and when.',
    purpose: 'To remind you.',
    kept: 'Until it is due or no longer matters, or your account is erased.',
    rows: 'user_id = ?1',
    exported: ['subject_id', 'kind', 'type', 'channel_id', 'facts', 'due_at', 'expires_at'],
    withheld: { user_id: 'the same in every row' },
    erase: ['DELETE FROM reminders WHERE user_id = ?1'],
  },
  {
    table: 'dead_letters',
    nobody: 'Ids of background work that failed. They lead to nobody who is erased.',
  },
]
