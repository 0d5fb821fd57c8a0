import type { TableDeclaration } from '../shared/personal-data'

export const auditData: TableDeclaration[] = [
  {
    table: 'audit_log',
    holds: 'What happened to your account: sign-ins, failed tries, changes, moderation; when, and from which address.',
    purpose: 'So that you and we can see what went on when something goes wrong.',
    kept: 'The events stay, under an id that leads to nobody any more; the addresses go when your account is erased.',
    rows: 'actor_id = ?1 OR subject_id = ?1',
    exported: ['id', 'at', 'event', 'actor_id', 'subject_id', 'address', 'reason', 'details'],
    withheld: { request_id: 'it leads into our logs and nowhere else' },
    shaped: { address: `CASE WHEN actor_id = ?1 OR actor_id IS NULL THEN address END` },
    erase: [
      'UPDATE audit_log SET address = NULL WHERE actor_id = ?1 AND address IS NOT NULL',
      'UPDATE audit_log SET address = NULL WHERE subject_id = ?1 AND +actor_id IS NULL AND address IS NOT NULL',
    ],
  },
]
