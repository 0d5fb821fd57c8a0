import type { TableDeclaration } from '../shared/personal-data'

export const subjectData: TableDeclaration[] = [
  {
    table: 'user_subjects',
    holds: 'The subjects you study.',
    purpose: 'To show them to the people you allow to see them, and to find others who study the same.',
    kept: 'Until you take them away, or until your account is erased.',
    rows: 'user_id = ?1',
    exported: ['subject_id', 'added_at'],
    withheld: { user_id: 'the same in every row' },
    erase: ['DELETE FROM user_subjects WHERE user_id = ?1'],
  },
  { table: 'subjects', nobody: 'a catalogue that is the same for everybody' },
  { table: 'subject_search', nobody: 'an index of that catalogue' },
]
