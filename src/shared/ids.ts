import { typeidUnboxed } from 'typeid-js'
import * as z from 'zod'

/** What each kind of id starts with. Ids are TypeIDs: a prefix and a time-sortable UUIDv7 in 26 characters. */
export const idPrefixes = {
  user: 'usr',
  session: 'ses',
  passkey: 'pkey',
  token: 'tok',
  room: 'room',
  group: 'grp',
  conversation: 'dm',
  message: 'msg',
  socket: 'sock',
  audit: 'aud',
  subject: 'sub',
  friendRequest: 'freq',
  dataExport: 'exp',
  invitation: 'inv',
  note: 'note',
  material: 'mat',
  todo: 'todo',
  moderationAction: 'mod',
  report: 'rep',
  meetup: 'meet',
  meetupSeries: 'series',
  study: 'stu',
  change: 'chg',
  outbox: 'out',
  upload: 'upl',
  event: 'evt',
  delivery: 'dlv',
  pushSubscription: 'psub',
  request: 'req',
} as const

export type IdKind = keyof typeof idPrefixes
export type NewId = (kind: IdKind) => string

export const newId: NewId = (kind) => typeidUnboxed(idPrefixes[kind])

const digits = '0123456789abcdefghjkmnpqrstvwxyz'

/** What the ids of a moment start with, so that a range of time is a range of ids. @param at milliseconds since 1970 */
export function idStart(kind: IdKind, at: number): string {
  let [text, rest] = ['', at]
  for (let n = 0; n < 10; n += 1) {
    text = `${digits[rest % 32]}${text}`
    rest = Math.floor(rest / 32)
  }
  return `${idPrefixes[kind]}_${text}`
}

/** An id for something that began at that moment rather than now. */
export const idAt = (kind: IdKind, at: number, newId: NewId) => idStart(kind, at) + newId(kind).slice(-16)

const schemas = new Map<string, z.ZodString>()

/** A path or body id of one of these kinds; of the same kinds it is the same schema. */
export function idSchema(...kinds: [IdKind, ...IdKind[]]) {
  const prefixes = kinds.map((kind) => idPrefixes[kind])
  const start = prefixes.join('|')
  const known = schemas.get(start)
  if (known) return known
  const form = new RegExp(`^(?:${start})_[0-7][0-9a-hjkmnp-tv-z]{25}$`)
  const schema = z.string().regex(form, `must be an id like ${prefixes[0]}_…`)
  schemas.set(start, schema)
  return schema
}

export const channelIdSchema = idSchema('room', 'group', 'conversation')
