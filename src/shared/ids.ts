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

/** A path or body id of one of these kinds. */
export function idSchema(...kinds: [IdKind, ...IdKind[]]) {
  const prefixes = kinds.map((kind) => idPrefixes[kind])
  return z
    .string()
    .regex(new RegExp(`^(?:${prefixes.join('|')})_[0-7][0-9a-hjkmnp-tv-z]{25}$`), `must be an id like ${prefixes[0]}_…`)
}

export const channelIdSchema = idSchema('room', 'group', 'conversation')
