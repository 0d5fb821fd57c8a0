import type { TableDeclaration } from '../shared/personal-data'

export const blockData: TableDeclaration[] = [
  {
    table: 'blocks',
    holds: 'Whom you have blocked.',
    purpose: 'To keep the two of you apart.',
    kept: 'Until you take it back, or your account is erased.',
    rows: 'blocker_id = ?1',
    exported: ['blocked_id', 'created_at'],
    withheld: { blocker_id: 'the same in every row' },
    erase: ['DELETE FROM blocks WHERE blocker_id = ?1', 'DELETE FROM blocks WHERE blocked_id = ?1'],
  },
]
