import type { UserCtx } from '../../app/context'
import { cutPage } from '../../shared/page'
import { avatarUrl } from '../../users/rules'
import { pushChange } from '../actions'
import { errorsOf, moderationErrors } from '../errors'
import { requireRole } from '../lifecycle/actions'
import type { ChannelKind } from '../live/contract'
import { canModerate } from '../rules'
import { requireVisible } from '../views/store'
import type { Action, AppealsQuery, ListQuery, NewAnswer, NewAppeal } from './schemas'
import {
  type ActionRow,
  findAction,
  insertAppeal,
  listActionsAgainst,
  listActionsIn,
  listAppealsFor,
  updateAnswered,
} from './store'

const iso = (at: number) => new Date(at).toISOString()
const isoOrNull = (at: number | null) => (at === null ? null : iso(at))

const lasts: Record<Action['action'], boolean> = {
  'message.removed': false,
  'member.removed': false,
  'member.timed_out': true,
  'member.banned': true,
}

/** @param showsWho only for who looks after the place: whom it hit is told what was done and why, not by whom */
function toAction(ctx: UserCtx, row: ActionRow, showsWho: boolean): Action {
  const { id, action, reason, messageId, appealState, appealText, appealedAt } = row
  return {
    id,
    action,
    channel: { id: row.channelId, name: row.channelName },
    user: { id: row.userId, username: row.username, name: row.name, avatarUrl: avatarUrl(row.avatarKey) },
    by:
      showsWho && row.byId !== null
        ? { id: row.byId, name: row.byName ?? '', avatarUrl: avatarUrl(row.byAvatarKey) }
        : null,
    reason,
    until: isoOrNull(row.until),
    messageId,
    purged: row.purged === 1,
    inForce: lasts[action] && row.liftedAt === null && (row.until === null || row.until > ctx.now()),
    createdAt: iso(row.createdAt),
    appeal:
      appealState === null || appealText === null || appealedAt === null
        ? null
        : {
            text: appealText,
            state: appealState,
            createdAt: iso(appealedAt),
            answer: row.answer,
            answeredAt: isoOrNull(row.answeredAt),
          },
  }
}

async function readAfter(ctx: UserCtx, binding: string, cursor: string | undefined) {
  if (cursor === undefined) return null
  const [createdAt, id] = await ctx.cursors.decode(binding, cursor)
  return { createdAt: Number(createdAt), id: String(id) }
}

/** What was done to the caller, and why, the newest first. @throws page.bad_cursor */
export async function listMyActions(ctx: UserCtx, { limit, cursor }: ListQuery) {
  const binding = `moderation of ${ctx.actor.userId}`
  const after = await readAfter(ctx, binding, cursor)
  const { rows, last } = cutPage(await listActionsAgainst(ctx, after, limit + 1), limit)
  return {
    data: rows.map((row) => toAction(ctx, row, false)),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.id])),
  }
}

/**
 * What was done in a channel, the newest first, for those who look after it.
 * @throws room.not_found, channel.membership_required, room.not_allowed, page.bad_cursor
 */
export async function listChannelActions(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  { limit, cursor }: ListQuery,
) {
  const binding = `moderation in ${channelId} ${ctx.actor.userId}`
  const after = await readAfter(ctx, binding, cursor)
  const found = await listActionsIn(ctx, kinds, channelId, after, limit + 1)
  const view = requireVisible(found.rows, errorsOf(kinds[0] ?? 'room'))
  if (!canModerate(requireRole(view))) throw errorsOf(view.kind).notAllowed()
  const { rows, last } = cutPage(found.actions, limit)
  return {
    data: rows.map((row) => toAction(ctx, row, true)),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.createdAt, last.id])),
  }
}

/** @throws moderation.not_found */
export async function readAction(ctx: UserCtx, id: string): Promise<Action> {
  const row = await findAction(ctx, id)
  if (!row) throw moderationErrors.notFound()
  return toAction(ctx, row, row.isJudge === 1)
}

/**
 * Says something against what was done to the caller. The same words once more change nothing.
 * @throws moderation.not_found, moderation.appealed_before
 */
export async function appeal(
  ctx: UserCtx,
  id: string,
  { text }: NewAppeal,
): Promise<{ action: Action; isNew: boolean }> {
  const { isNew, action } = await insertAppeal(ctx, id, text)
  if (action?.userId !== ctx.actor.userId) throw moderationErrors.notFound()
  if (!isNew && action.appealText !== text) throw moderationErrors.appealedBefore()
  return { action: toAction(ctx, action, false), isNew }
}

/**
 * Answers an appeal; granting it ends a ban or timeout that still holds. The same answer once more changes nothing.
 * @throws moderation.not_found, moderation.not_yours_to_judge, moderation.no_appeal, moderation.answered_before
 */
export async function answerAppeal(ctx: UserCtx, id: string, { outcome, text }: NewAnswer): Promise<Action> {
  const found = await findAction(ctx, id)
  if (!found) throw moderationErrors.notFound()
  if (found.isJudge !== 1) throw moderationErrors.notYours()
  if (found.appealState === null) throw moderationErrors.noAppeal()
  const { channelId, userId } = found
  const { isWritten, action, change } = await updateAnswered(ctx, { id, channelId, userId, outcome, text })
  if (isWritten && change && change.members.length > 0) await pushChange(ctx, change)
  if (!action) throw moderationErrors.notFound()
  if (!isWritten && (action.appealState !== outcome || action.answer !== text))
    throw moderationErrors.answeredBefore({ extra: { state: action.appealState } })
  return toAction(ctx, action, true)
}

/** Appeals that the caller may answer, the oldest first. @throws page.bad_cursor */
export async function listAppeals(ctx: UserCtx, { state, limit, cursor }: AppealsQuery) {
  const binding = `appeals ${ctx.actor.userId} ${state}`
  const after = await readAfter(ctx, binding, cursor)
  const { rows, last } = cutPage(await listAppealsFor(ctx, state, after, limit + 1), limit)
  return {
    data: rows.map((row) => toAction(ctx, row, true)),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.appealedAt ?? 0, last.id])),
  }
}
