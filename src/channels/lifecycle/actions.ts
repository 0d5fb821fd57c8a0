import type { UserCtx } from '../../app/context'
import { refusedBy } from '../../shared/db'
import { allowsVersion } from '../../shared/etag'
import { searchTerms } from '../../shared/search-terms'
import { untilWritten as retry } from '../../shared/until-written'
import { subjectErrors } from '../../subjects/errors'
import { pushChange } from '../actions'
import { channelErrors, errorsOf, type KindErrors, roomErrors } from '../errors'
import type { ChannelKind, MemberRole } from '../live/contract'
import { canDeleteChannel, canEditChannel, subjectTerm } from '../rules'
import type { ChannelSettings } from '../tables'
import { accessView, type ChannelView, type JoinPolicy } from '../views/store'
import { type Alongside, deleteChannelRow, insertChannel, type NewChannel, updateChannel } from './store'

export type { ChannelView } from '../views/store'
export { accessView } from '../views/store'

/**
 * Decides and writes again until the write meets what the decision was made on.
 * @param attempt null when its write missed
 * @throws room.busy after ten misses
 */
export const untilWritten = <T>(kind: ChannelKind, attempt: () => Promise<T | null>) =>
  retry(attempt, errorsOf(kind).busy)

/**
 * The caller's role among the active members.
 * @throws channel.membership_required
 */
export function requireRole(view: ChannelView): MemberRole {
  if (view.membership?.state !== 'active') throw channelErrors.membershipRequired()
  return view.membership.role
}

const termsOf = ({ name, description, subjectId }: Pick<NewChannel, 'name' | 'description' | 'subjectId'>) =>
  [...searchTerms(`${name}\n${description}`), ...(subjectId === null ? [] : [subjectTerm(subjectId)])].join(' ')

/** What the database's refusal of a channel means. */
function asRefusal(error: unknown, errors: KindErrors): unknown {
  const refused = refusedBy(error)
  if (refused === 'channels_capacity') return errors.belowMemberCount()
  // Owner and channel are there; only a subject may be made up.
  return refused === 'FOREIGN KEY' ? subjectErrors.notFound() : error
}

/** @throws room.too_many, subject.not_found */
export async function createChannel(
  ctx: UserCtx,
  channel: Omit<NewChannel, 'terms'>,
  limit: { kinds: ChannelKind[]; max: number },
  also?: Alongside,
): Promise<ChannelView> {
  const errors = errorsOf(channel.kind)
  const terms = termsOf(channel)
  const written = await insertChannel(ctx, { ...channel, terms }, limit, also).catch((error) => {
    throw asRefusal(error, errors)
  })
  if (!written) throw errors.tooMany(`You own ${limit.max} already.`)
  if (written.change) await pushChange(ctx, written.change)
  return written.view
}

/** Checks that the caller may edit a channel, for what is made ready before the edit. @throws like `editChannel` */
export async function requireEditor(ctx: UserCtx, kinds: ChannelKind[], channelId: string): Promise<void> {
  const seen = await accessView(ctx, kinds, channelId)
  if (!canEditChannel(requireRole(seen))) throw errorsOf(seen.kind).notAllowed()
}

export interface EditInput {
  name?: string
  description?: string
  visibility?: 'public' | 'private'
  settings?: Partial<ChannelSettings>
  subjectId?: string | null
  joinPolicy?: JoinPolicy
  minLevel?: number
  isActive?: boolean
  schedule?: string | null
  location?: string | null
  maxMembers?: number
}

/**
 * @throws room.not_found, channel.membership_required, room.not_allowed, room.personal, room.version_conflict,
 *   room.below_member_count, subject.not_found
 */
export async function editChannel(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  { edit, ifMatch, also }: { edit: EditInput; ifMatch?: string; also?: Alongside },
): Promise<ChannelView> {
  return untilWritten(kinds[0] ?? 'room', async () => {
    const seen = await accessView(ctx, kinds, channelId)
    const errors = errorsOf(seen.kind)
    const role = requireRole(seen)
    if (!canEditChannel(role)) throw errors.notAllowed()
    if (seen.kind === 'personal' && (edit.visibility === 'public' || (edit.maxMembers ?? 1) !== 1))
      throw roomErrors.personal()
    requireVersion(seen, ifMatch)
    const { settings, ...fields } = edit
    if (Object.keys(edit).length === 0 && !also) return seen
    const next = {
      ...seen,
      subjectId: seen.subject?.id ?? null,
      ...fields,
      settings: { ...seen.settings, ...settings },
    }
    const written = await updateChannel(ctx, seen, role, { edit: { ...next, terms: termsOf(next) }, also }).catch(
      (error) => {
        throw asRefusal(error, errors)
      },
    )
    if (!written) return null
    if (written.change) await pushChange(ctx, written.change)
    return written.view
  })
}

/** @throws room.not_found, channel.membership_required, room.not_allowed, room.version_conflict */
export async function deleteChannel(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  ifMatch?: string,
): Promise<void> {
  const change = await untilWritten(kinds[0] ?? 'room', async () => {
    const seen = await accessView(ctx, kinds, channelId)
    const role = requireRole(seen)
    if (!canDeleteChannel(role)) throw errorsOf(seen.kind).notAllowed('Only the owner may delete a room.')
    requireVersion(seen, ifMatch)
    return deleteChannelRow(ctx, seen, role)
  })
  await pushChange(ctx, change)
}

function requireVersion(seen: ChannelView, ifMatch: string | undefined): void {
  if (allowsVersion(ifMatch, seen.version)) return
  throw errorsOf(seen.kind).versionConflict({ extra: { version: seen.version } })
}

/** How far the conversation of a channel is, for `countUnread`. */
export const headOf = ({ id, lastOrd, lastCalls }: ChannelView) => ({ id, ord: lastOrd, calls: lastCalls })
