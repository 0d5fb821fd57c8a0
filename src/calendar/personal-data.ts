import type { TableDeclaration } from '../shared/personal-data'

export const calendarData: TableDeclaration[] = [
  {
    table: 'calendar_feeds',
    holds: 'That you have an address for your calendar, and since when.',
    purpose: 'To let calendar programs read it.',
    kept: 'Until you take it back, or your account is erased.',
    rows: 'user_id = ?1',
    exported: ['created_at'],
    withheld: { user_id: 'the same in every row', token_hash: 'proves the address' },
    erase: ['DELETE FROM calendar_feeds WHERE user_id = ?1'],
  },
]
