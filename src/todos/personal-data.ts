import type { TableDeclaration } from '../shared/personal-data'

export const todoData: TableDeclaration[] = [
  {
    table: 'todos',
    holds: 'What you have to do: your own list, what you wrote into those of rooms, and what was given to you there.',
    purpose: 'To remind you of it, and to share it with the rooms where you put it.',
    kept: 'Until you delete it, a year once it is done, and in rooms no longer than the room. When your account is erased your own list goes; what you wrote into the lists of rooms stays there without your name.',
    rows: 'author_id = ?1 OR assignee_id = ?1',
    exported: [
      'id',
      'author_id',
      'room_id',
      'text',
      'assignee_id',
      'due_on',
      'due_at',
      'repeat',
      'position',
      'completed_at',
      'created_at',
      'updated_at',
    ],
    withheld: {
      list_id: 'the room or you once more',
      repeat_from: 'how repeats are counted',
      repeat_began: 'how repeats are counted',
      completed_by: 'may be somebody else',
      previous_id: 'how repeats are counted',
      version: 'tells writers apart',
      change_id: 'proves that a change took place',
    },
    erase: [
      'UPDATE todos SET assignee_id = NULL, version = version + 1, updated_at = ?2 WHERE assignee_id = ?1',
      'DELETE FROM todos WHERE author_id = ?1 AND room_id IS NULL',
    ],
  },
]
