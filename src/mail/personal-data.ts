import type { TableDeclaration } from '../shared/personal-data'

const addressed = `recipient IN (SELECT email FROM users WHERE id = ?1 UNION ALL SELECT phone FROM users WHERE id = ?1
  UNION ALL SELECT endpoint FROM push_subscriptions WHERE user_id = ?1)`

export const mailData: TableDeclaration[] = [
  {
    table: 'dev_outbox',
    holds: 'On a developer’s own machine only: mails, codes and push messages that were not really sent.',
    purpose: 'To try Studyhall without sending anything.',
    kept: 'The newest 200. A deployed Studyhall has none.',
    rows: addressed,
    exported: ['kind', 'at', 'sender', 'recipient', 'subject', 'text'],
    withheld: { id: 'a row number', html: 'says the same as the text', message_id: 'for mail programs' },
    erase: [`DELETE FROM dev_outbox WHERE ${addressed}`],
  },
]
