import type { MemberRole } from '../channels/live/contract'
import { looksAfterRoom } from '../channels/standing/rules'

export const visibilities = ['private', 'room', 'public'] as const
export type Visibility = (typeof visibilities)[number]

export const maxTitle = 200
/** Code points, of which the longest take four bytes. */
export const maxBody = 50_000
export const excerptLength = 280
export const maxAttachments = 10

/** Writing by one person within this time is one revision. */
export const revisionMs = 10 * 60_000

/** Whose note it is, who may see it, and how the viewer stands to it. */
export interface NoteStanding {
  viewerId: string
  authorId: string
  visibility: Visibility
  roomId: string | null
  /** In the note's room; null for who is not an active member, and without a room. */
  role: MemberRole | null
  /** Whether viewer or author has blocked the other. */
  blocked: boolean
}

const isAuthor = ({ viewerId, authorId }: NoteStanding) => viewerId === authorId

/** In rooms a block folds what somebody says and hides nothing; in the library the two do not meet. */
export function canSeeNote(note: NoteStanding): boolean {
  if (isAuthor(note)) return true
  if (note.visibility === 'private') return false
  return note.role !== null || (note.visibility === 'public' && !note.blocked)
}

/** What a room shares its members write together; everything else is its author's alone. */
export const canWriteNote = (note: NoteStanding) => (note.visibility === 'room' ? note.role !== null : isAuthor(note))

/** Who may see it, and where, is for the author to say, inside and outside of the room. */
export const canShareNote = isAuthor

/** What a note said before is for those who write it, and for its author after leaving the room. */
export const canSeeRevisions = (note: NoteStanding) => isAuthor(note) || canWriteNote(note)

/** Authors delete what is theirs, admins what everybody reads. */
export const canDeleteNote = (note: NoteStanding, isAdmin: boolean) =>
  isAuthor(note) || (isAdmin && note.visibility === 'public')

/** Those who look after a room take a note out of it, which leaves it to its author. */
export const canTakeOut = (note: NoteStanding) =>
  note.roomId !== null && note.visibility !== 'private' && (isAuthor(note) || looksAfterRoom(note.role))

/** Who can read a revision: `private`, `public`, or the members of this room. */
export const audienceOf = ({ visibility, roomId }: { visibility: Visibility; roomId: string | null }) =>
  visibility === 'room' ? (roomId ?? 'private') : visibility

interface Writing {
  revisedBy: string
  revisedAt: number
  editorId: string
  now: number
  /** Whether others than before will read it. */
  audienceChanges: boolean
}

/** Whether an edit begins a new revision, or goes on with the one that is being written. */
export const beginsRevision = ({ revisedBy, revisedAt, editorId, now, audienceChanges }: Writing) =>
  audienceChanges || revisedBy !== editorId || now - revisedAt >= revisionMs

/** The terms under which a search finds a note where it may be shown; in a column of their own, which nobody types. */
export const scopeTerm = {
  public: 'public',
  author: (userId: string) => userId.replace('_', ''),
  room: (roomId: string) => roomId.replace('_', ''),
  subject: (subjectId: string) => subjectId.replace('_', ''),
}

interface Listed {
  authorId: string
  roomId: string | null
  subjectId: string | null
  visibility: Visibility
}

export const scopeOf = ({ authorId, roomId, subjectId, visibility }: Listed): string =>
  [
    scopeTerm.author(authorId),
    ...(visibility === 'public' ? [scopeTerm.public] : []),
    ...(roomId !== null && visibility !== 'private' ? [scopeTerm.room(roomId)] : []),
    ...(subjectId === null ? [] : [scopeTerm.subject(subjectId)]),
  ].join(' ')

/** How many bytes a text takes up. */
export const sizeOf = ({ title, body }: { title: string; body: string }) =>
  new TextEncoder().encode(title + body).length

/** How a body begins, for lists. */
export const excerptOf = (body: string) => [...body.slice(0, 2 * excerptLength)].slice(0, excerptLength).join('')

/** A name for a file that holds a note, from its title. */
export function filenameOf(title: string): string {
  const name = title.replace(/[^\p{L}\p{M}\p{N} _-]+/gu, ' ').replace(/\s+/g, ' ')
  return `${[...name].slice(0, 100).join('').trim() || 'note'}.md`
}
