import { roomData } from '../channels/live/personal-data'
import { inboxData } from '../inbox/personal-data'
import type { ObjectDeclaration } from '../shared/personal-data'
import { studyObjects } from '../study/personal-data'
import { fileData } from '../uploads/personal-data'

/** Everything outside of D1. Apart from the tables, because only the privacy page is made of it. */
export const objects: ObjectDeclaration[] = [
  ...roomData,
  ...inboxData,
  ...studyObjects,
  {
    store: 'files: exports/',
    holds: 'The copy of your data that you asked for.',
    purpose: 'To hand it out to you.',
    kept: 'Seven days.',
    exportedAs: 'it is the export itself',
    erasedBy: 'deletion of the file, before the account is erased',
  },
  ...fileData,
]
