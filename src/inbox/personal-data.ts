import type { ObjectDeclaration } from '../shared/personal-data'

const nothing = 'not exported: it lives for minutes'

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
