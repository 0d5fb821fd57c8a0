import type { TableDeclaration } from '../shared/personal-data'

export const noteData: TableDeclaration[] = [
  {
    table: 'note_reads',
    holds: 'Which notes you have read or downloaded today.',
    purpose: 'To count you once a day.',
    kept: 'Two days.',
    rows: 'user_id = ?1',
    exported: ['note_id', 'kind', 'day'],
    withheld: { user_id: 'the same in every row' },
    erase: ['DELETE FROM note_reads WHERE user_id = ?1'],
  },
  {
    table: 'note_revisions',
    atOnce: 20,
    holds: 'What you wrote in notes before they were written anew.',
    purpose: 'To see who wrote what, and to bring back what was lost.',
    kept: 'As long as the note, the newest 50 of each; in notes of rooms without your name once your account is erased.',
    rows: 'author_id = ?1',
    exported: ['note_id', 'n', 'audience', 'started_at', 'ended_at', 'title', 'body'],
    withheld: { author_id: 'the same in every row' },
    // They go with their notes; the others lead to somebody without a name.
    erase: [],
  },
  {
    table: 'notes',
    atOnce: 20,
    holds: 'The notes you write.',
    purpose: 'To keep them for you, and to show them to those with whom you share them.',
    kept: 'Until you delete them, or your account is erased. Those that you share with a room stay there without your name, unless you want your messages to go as well.',
    rows: 'author_id = ?1',
    exported: [
      'id',
      'room_id',
      'subject_id',
      'subject_name',
      'visibility',
      'title',
      'view_count',
      'download_count',
      'created_at',
      'updated_at',
      'body',
    ],
    withheld: {
      num: 'a number that means nothing outside of the database',
      author_id: 'the same in every row',
      excerpt: 'how the body begins',
      version: 'tells writers apart',
      revision: 'counts revisions',
      revised_by: 'may be somebody else',
      revised_at: 'counts revisions',
      change_id: 'proves that a change took place',
    },
    erase: [
      `DELETE FROM notes WHERE author_id = ?1 AND (visibility <> 'room' OR EXISTS (
         SELECT 1 FROM deletions WHERE user_id = ?1 AND messages = 'remove'))`,
    ],
  },
  { table: 'note_search', nobody: 'an index of notes that cannot be read back; it goes with them' },
]
