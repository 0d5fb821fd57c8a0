import { describe, expect, test } from 'vitest'
import {
  audienceOf,
  beginsRevision,
  canDeleteNote,
  canSeeNote,
  canSeeRevisions,
  canShareNote,
  canTakeOut,
  canWriteNote,
  excerptOf,
  filenameOf,
  revisionMs,
  scopeOf,
} from '../../src/notes/rules'

const people = ['author', 'author who left', 'owner', 'moderator', 'member', 'stranger', 'blocked'] as const

/** Who may what: see, write, share, see revisions, delete, take out of the room, and delete as an admin. */
const table: Record<string, Record<(typeof people)[number], string>> = {
  'private, in no room': {
    ...{ author: 'see write share revisions delete', 'author who left': 'see write share revisions delete' },
    ...{ owner: '', moderator: '', member: '', stranger: '', blocked: '' },
  },
  'private, for a room': {
    ...{ author: 'see write share revisions delete', 'author who left': 'see write share revisions delete' },
    ...{ owner: '', moderator: '', member: '', stranger: '', blocked: '' },
  },
  "a room's": {
    author: 'see write share revisions delete takeOut',
    'author who left': 'see share revisions delete takeOut',
    ...{
      owner: 'see write revisions takeOut',
      moderator: 'see write revisions takeOut',
      member: 'see write revisions',
    },
    ...{ stranger: '', blocked: '' },
  },
  'public, in no room': {
    ...{ author: 'see write share revisions delete', 'author who left': 'see write share revisions delete' },
    ...{ owner: 'see', moderator: 'see', member: 'see', stranger: 'see', blocked: '' },
  },
  'public, in a room': {
    author: 'see write share revisions delete takeOut',
    'author who left': 'see write share revisions delete takeOut',
    ...{ owner: 'see takeOut', moderator: 'see takeOut', member: 'see', stranger: 'see', blocked: '' },
  },
}

const cases = Object.entries(table).flatMap(([note, byPerson]) =>
  people.map((person) => [note, person, byPerson[person]] as const),
)

test.each(cases)('%s note, %s: %s', (note, person, may) => {
  const inRoom = !note.includes('no room')
  const isAuthor = person.startsWith('author')
  const role =
    person === 'author' ? 'member' : person === 'owner' || person === 'moderator' || person === 'member' ? person : null
  const standing = {
    ...{ viewerId: isAuthor ? 'usr_a' : 'usr_b', authorId: 'usr_a', blocked: person === 'blocked' },
    visibility: note.startsWith('private') ? 'private' : note.startsWith('public') ? 'public' : 'room',
    ...{ roomId: inRoom ? 'room_a' : null, role: inRoom ? role : null },
  } as const
  const allowed = [
    canSeeNote(standing) && 'see',
    canWriteNote(standing) && 'write',
    canShareNote(standing) && 'share',
    canSeeRevisions(standing) && 'revisions',
    canDeleteNote(standing, false) && 'delete',
    canTakeOut(standing) && 'takeOut',
  ]
  expect(allowed.filter(Boolean).join(' ')).toBe(may)
  expect(canDeleteNote(standing, true)).toBe(isAuthor || note.startsWith('public'))
})

describe('revisions', () => {
  const writing = { revisedBy: 'usr_a', revisedAt: 1000, editorId: 'usr_a', now: 1000, audienceChanges: false }
  test.each([
    ['the same person within ten minutes goes on', { now: 1000 + revisionMs - 1 }, false],
    ['after ten minutes a new one begins', { now: 1000 + revisionMs }, true],
    ['another person begins a new one', { editorId: 'usr_b' }, true],
    ['other readers begin a new one', { audienceChanges: true }, true],
  ])('%s', (_what, over, begins) => {
    expect(beginsRevision({ ...writing, ...over })).toBe(begins)
  })

  test('who could read one is the room, everybody or nobody else', () => {
    const audiences = (['private', 'room', 'public'] as const).map((visibility) =>
      audienceOf({ visibility, roomId: 'room_a' }),
    )
    expect(audiences).toEqual(['private', 'room_a', 'public'])
  })
})

test.each([
  ['a private note', { visibility: 'private', roomId: null, subjectId: null }, 'usra'],
  ['a draft for a room', { visibility: 'private', roomId: 'room_r', subjectId: 'sub_s' }, 'usra subs'],
  ["a room's", { visibility: 'room', roomId: 'room_r', subjectId: null }, 'usra roomr'],
  ['a public one in a room', { visibility: 'public', roomId: 'room_r', subjectId: 'sub_s' }, 'usra public roomr subs'],
] as const)('%s is found only where it may be shown', (_what, note, scope) => {
  expect(scopeOf({ ...note, authorId: 'usr_a' })).toBe(scope)
})

test.each([
  ['Linear algebra', 'Linear algebra.md'],
  ['../../etc/passwd', 'etc passwd.md'],
  ['a"; filename="x.html\r\nSet-Cookie: a=b', 'a filename x html Set-Cookie a b.md'],
  ['‮txt.exe', 'txt exe.md'],
  ['線形代数 ①', '線形代数 ①.md'],
  ['???', 'note.md'],
  ['x'.repeat(200), `${'x'.repeat(100)}.md`],
])('%j is downloaded as %j', (title, name) => {
  expect(filenameOf(title)).toBe(name)
})

test('an excerpt never cuts a character in two', () => {
  expect([...excerptOf('𝒳'.repeat(1000))]).toHaveLength(280)
  expect(excerptOf('short')).toBe('short')
})
