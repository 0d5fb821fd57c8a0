import type { ObjectDeclaration, TableDeclaration } from '../shared/personal-data'

const nothing = 'not exported: it lives for minutes'

export const onlineData: TableDeclaration[] = [
  {
    table: 'online',
    holds: 'That your inbox is open somewhere, and what you show your friends.',
    purpose: 'To tell you at once what happens, and to tell nothing to those who are away.',
    kept: 'Until a minute after you have closed it; at most 20 minutes when something breaks.',
    rows: 'user_id = ?1',
    exported: ['until', 'shown'],
    withheld: { user_id: 'the same in every row' },
    erase: ['DELETE FROM online WHERE user_id = ?1'],
  },
]

/** Every table of an inbox, which is a person's own object. */
export const inboxData: ObjectDeclaration[] = [
  {
    store: 'inbox: owner',
    holds: 'Whose inbox it is.',
    purpose: 'To know for whom to act.',
    kept: 'Until your account is erased.',
    exportedAs: 'your account, which is exported from the database',
    erasedBy: 'deletion of the whole inbox',
  },
  {
    store: 'inbox: marks',
    holds: 'How far you have read in each room, group and conversation.',
    purpose: 'To tell you what is new.',
    kept: 'Until your account is erased.',
    exportedAs: 'the mark, channel by channel, as the rooms have it',
    erasedBy: 'deletion of the whole inbox',
  },
  {
    store: 'inbox: self',
    holds: 'What you show others: studying, a break, your own words, or nothing.',
    purpose: 'To show it, and to keep you unseen when you want that.',
    kept: 'Until you show something else, or the time you chose is over.',
    exportedAs: 'what you show, with your being online',
    erasedBy: 'deletion of the whole inbox',
  },
  {
    store: 'inbox: friends',
    holds: 'Which of your friends are online.',
    purpose: 'To tell you, and them of you.',
    kept: 'While you are online.',
    exportedAs: nothing,
    erasedBy: 'deletion of the whole inbox',
  },
  {
    store: 'inbox: snapshot',
    holds: 'How far your rooms, groups and conversations were when you last came.',
    purpose: 'To tell you what is new when you come.',
    kept: 'Until you come again, or your account is erased.',
    exportedAs: nothing,
    erasedBy: 'deletion of the whole inbox',
  },
  {
    store: 'inbox: tickets',
    holds: 'A one-time pass to open your inbox.',
    purpose: 'To open it safely.',
    kept: '30 seconds, then swept away.',
    exportedAs: nothing,
    erasedBy: 'deletion of the whole inbox',
  },
  {
    store: 'inbox: due',
    holds: 'What the inbox has to do next, and when.',
    purpose: 'To do it then.',
    kept: 'Until it is done.',
    exportedAs: nothing,
    erasedBy: 'deletion of the whole inbox',
  },
  {
    store: 'inbox: schema_version',
    holds: 'How the inbox’s storage is laid out.',
    purpose: 'To change it safely.',
    kept: 'Until your account is erased.',
    exportedAs: 'not exported: it says nothing of a person',
    erasedBy: 'deletion of the whole inbox',
  },
]
