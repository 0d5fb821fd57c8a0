import type { TableDeclaration } from '../shared/personal-data'

export const friendData: TableDeclaration[] = [
  {
    table: 'friendships',
    holds: 'Who your friends are, and since when.',
    purpose: 'To show you to each other, and to let friends do what you let only friends do.',
    kept: 'Until one of you ends the friendship or blocks the other, or your account is erased.',
    rows: 'user_id = ?1',
    exported: ['friend_id', 'created_at'],
    withheld: { user_id: 'the same in every row', change_id: 'proves that a change took place' },
    erase: ['DELETE FROM friendships WHERE user_id = ?1', 'DELETE FROM friendships WHERE friend_id = ?1'],
  },
  {
    table: 'friend_requests',
    holds: 'Whom you have asked to be friends and who has asked you, while it is open.',
    purpose: 'So that the one who is asked can answer.',
    kept: 'Until it is answered or taken back, or your account is erased.',
    rows: 'from_id = ?1 OR to_id = ?1',
    exported: ['id', 'from_id', 'to_id', 'created_at'],
    withheld: { pair: 'both ids once more' },
    erase: ['DELETE FROM friend_requests WHERE from_id = ?1 OR to_id = ?1'],
  },
]
