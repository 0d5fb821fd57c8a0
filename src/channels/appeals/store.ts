import { type SQL, sql } from 'drizzle-orm'
import type { UserCtx } from '../../app/context'
import { auditEvent } from '../../audit/actions'
import { recordEvent, withdrawEvents } from '../../outbox/actions'
import { whole } from '../../shared/db'
import { users } from '../../users/tables'
import type { ChannelKind } from '../live/contract'
import { appeals, judges, judgesOf, moderationActions } from '../moderation/tables'
import { selectChangeOf, toChange } from '../store'
import { channels, memberships } from '../tables'
import { isOneOf, selectView, type ViewRow } from '../views/store'

export interface ActionRow {
  id: string
  action: (typeof moderationActions.$inferSelect)['action']
  channelId: string
  channelName: string
  userId: string
  username: string
  name: string
  avatarKey: string | null
  byId: string | null
  byName: string | null
  byAvatarKey: string | null
  reason: string | null
  until: number | null
  messageId: string | null
  purged: number
  createdAt: number
  liftedAt: number | null
  appealText: string | null
  appealState: 'open' | 'granted' | 'denied' | null
  appealedAt: number | null
  answer: string | null
  answeredAt: number | null
}

type After = { createdAt: number; id: string } | null

/** `a` is the action, `c` where, `u` to whom, `doer` who did it, `e` the appeal. */
const columnsBut = (by: SQL) => sql`
  a.id, a.action, c.id AS channelId, c.name AS channelName, u.id AS userId, u.username, u.name, u.avatar_key AS avatarKey, ${by}, a.reason, a.until,
  a.message_id AS messageId, a.purged, a.created_at AS createdAt, a.lifted_at AS liftedAt, e.text AS appealText,
  e.state AS appealState, e.created_at AS appealedAt, e.answer, e.answered_at AS answeredAt`

const actionColumns = columnsBut(sql`doer.id AS byId, doer.name AS byName, doer.avatar_key AS byAvatarKey`)

const joinDoer = sql`LEFT JOIN ${users} doer ON doer.id = a.actor_id`
const joins = sql`
  CROSS JOIN ${channels} c ON c.id = a.channel_id CROSS JOIN ${users} u ON u.id = a.user_id ${joinDoer}`

const joinAppeal = sql`LEFT JOIN ${appeals} e ON e.action_id = a.id`

const newestAfter = (after: After, limit: number) => sql`
  ${after ? sql`AND (a.created_at, a.id) < (${whole(after.createdAt)}, ${after.id})` : sql``}
  ORDER BY a.created_at DESC, a.id DESC LIMIT ${limit}`

/** What was done to the caller, the newest first; not by whom. */
export function listActionsAgainst(ctx: UserCtx, after: After, limit: number): Promise<ActionRow[]> {
  return ctx.db.all<ActionRow>(sql`
    SELECT ${columnsBut(sql`NULL AS byId, NULL AS byName, NULL AS byAvatarKey`)} FROM ${users} u
    CROSS JOIN ${moderationActions} a ON a.user_id = u.id CROSS JOIN ${channels} c ON c.id = a.channel_id ${joinAppeal}
    WHERE u.id = ${ctx.actor.userId} ${newestAfter(after, limit)}`)
}

/** The channel as the caller sees it and a page of what was done in it, the newest first, in one round trip. */
export async function listActionsIn(
  ctx: UserCtx,
  kinds: ChannelKind[],
  channelId: string,
  after: After,
  limit: number,
): Promise<{ rows: ViewRow[]; actions: ActionRow[] }> {
  const [rows, actions] = await ctx.db.batch([
    selectView(ctx, isOneOf(kinds, channelId)),
    ctx.db.all<ActionRow>(sql`
      SELECT ${actionColumns} FROM ${channels} c CROSS JOIN ${moderationActions} a ON a.channel_id = c.id
      CROSS JOIN ${users} u ON u.id = a.user_id ${joinDoer} ${joinAppeal}
      WHERE c.id = ${channelId} ${newestAfter(after, limit)}`),
  ])
  return { rows, actions }
}

const mayJudge = (ctx: UserCtx) => judges(ctx.actor.userId, sql`a.channel_id`, sql`a.user_id`)

/** The statement that reads one action, for the person or for who may judge it. */
const selectAction = (ctx: UserCtx, id: string) =>
  ctx.db.all<ActionRow & { isJudge: number }>(sql`
    SELECT ${actionColumns}, ${mayJudge(ctx)} AS isJudge FROM ${moderationActions} a ${joins} ${joinAppeal}
    WHERE a.id = ${id} AND (a.user_id = ${ctx.actor.userId} OR ${mayJudge(ctx)})`)

export async function findAction(ctx: UserCtx, id: string) {
  const [row] = await selectAction(ctx, id)
  return row ?? null
}

/** Writes what the caller says against something that was done to them, unless something was said before. */
export async function insertAppeal(ctx: UserCtx, id: string, text: string) {
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const its = (column: SQL) => sql`(SELECT made.${column} FROM appeals AS made WHERE made.action_id = ${id})`
  const [written, , [action]] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`
      INSERT INTO appeals (action_id, channel_id, user_id, text, state, created_at, change_id)
      SELECT a.id, a.channel_id, a.user_id, ${text}, 'open', ${now}, ${changeId} FROM ${moderationActions} a
      WHERE a.id = ${id} AND a.user_id = ${ctx.actor.userId}
      ON CONFLICT DO NOTHING RETURNING action_id AS id`),
    auditEvent(
      ctx,
      { event: 'appeal.made', subjectId: ctx.actor.userId, details: { actionId: id } },
      appealChanged(id, changeId),
    ),
    selectAction(ctx, id),
    recordEvent(
      ctx,
      {
        type: 'appeal.made',
        to: judgesOf(its(sql`channel_id`), sql`${ctx.actor.userId}`, ctx.actor.userId),
        // A duty reaches also who has blocked the other.
        actorId: null,
        channelId: its(sql`channel_id`),
        subjectId: id,
        facts: {},
      },
      appealChanged(id, changeId),
    ),
  ])
  return { isNew: written.length > 0, action: action ?? null }
}

const appealChanged = (id: string, changeId: string): SQL => sql`
  EXISTS (SELECT 1 FROM appeals AS proof WHERE proof.action_id = ${id} AND proof.change_id = ${changeId})`

interface Answer {
  id: string
  /** The action's own. */
  channelId: string
  userId: string
  outcome: 'granted' | 'denied'
  text: string | null
}

/**
 * Answers an open appeal and, granting it, ends the ban or timeout that it is about, if that still holds. Writes nothing
 * when somebody else has answered, or the caller may not judge any more.
 */
export async function updateAnswered(ctx: UserCtx, { id, channelId, userId, outcome, text }: Answer) {
  const changeId = ctx.newId('change')
  const now = ctx.now()
  const proof = appealChanged(id, changeId)
  const isIt = sql`channel_id = ${channelId} AND user_id = ${userId}`
  const ends = (action: 'member.banned' | 'member.timed_out') => sql`${proof} AND ${outcome} = 'granted' AND EXISTS
    (SELECT 1 FROM moderation_actions AS held WHERE held.id = ${id} AND held.action = ${action} AND held.lifted_at IS NULL)`
  const touched = sql`updated_at = ${now}, rev = rev + 1, unsynced = 1, change_id = ${changeId}`
  const [written, , , , , , , [action], change] = await ctx.db.batch([
    ctx.db.all<{ id: string }>(sql`
      UPDATE appeals SET state = ${outcome}, answer = ${text}, answered_by = ${ctx.actor.userId}, answered_at = ${now},
        change_id = ${changeId}
      WHERE action_id = ${id} AND state = 'open' AND ${judges(ctx.actor.userId, sql`${channelId}`, sql`${userId}`)}
      RETURNING action_id AS id`),
    ctx.db.run(sql`
      UPDATE ${memberships} SET state = 'removed', ${touched}
      WHERE ${isIt} AND state = 'banned' AND ${ends('member.banned')}`),
    ctx.db.run(sql`DELETE FROM bans WHERE ${isIt} AND ${ends('member.banned')}`),
    ctx.db.run(sql`UPDATE ${memberships} SET ${touched} WHERE ${isIt} AND ${ends('member.timed_out')}`),
    ctx.db.run(sql`DELETE FROM timeouts WHERE ${isIt} AND ${ends('member.timed_out')}`),
    // Last of those that ask whether it holds.
    ctx.db.run(sql`
      UPDATE moderation_actions SET lifted_at = ${now}
      WHERE id = ${id} AND lifted_at IS NULL AND action IN ('member.banned', 'member.timed_out')
        AND ${outcome} = 'granted' AND ${proof}`),
    auditEvent(
      ctx,
      { event: `appeal.${outcome}`, subjectId: userId, reason: text, details: { channelId, actionId: id } },
      proof,
    ),
    selectAction(ctx, id),
    selectChangeOf(ctx, channelId, changeId),
    withdrawEvents(ctx, id, sql`type = 'appeal.made' AND ${proof}`),
    // What was answered, not by whom.
    recordEvent(
      ctx,
      {
        type: `appeal.${outcome}`,
        to: [userId],
        actorId: null,
        channelId,
        subjectId: id,
        facts: { reason: text },
      },
      proof,
    ),
  ])
  return { isWritten: written.length > 0, action: action ?? null, change: toChange(change) }
}

/** Appeals that the caller may answer, the oldest first: an admin all, others those of the places they look after. */
export function listAppealsFor(
  ctx: UserCtx,
  state: 'open' | 'granted' | 'denied',
  after: After,
  limit: number,
): Promise<ActionRow[]> {
  const start = after ? sql`AND (e.created_at, e.action_id) > (${whole(after.createdAt)}, ${after.id})` : sql``
  const source =
    ctx.actor.role === 'admin'
      ? sql`${appeals} e`
      : sql`${memberships} own CROSS JOIN ${appeals} e ON e.channel_id = own.channel_id`
  const isMine =
    ctx.actor.role === 'admin'
      ? sql`true`
      : sql`own.user_id = ${ctx.actor.userId} AND own.state = 'active' AND own.role <> 'member'`
  return ctx.db.all<ActionRow>(sql`
    SELECT ${actionColumns} FROM ${source} CROSS JOIN ${moderationActions} a ON a.id = e.action_id ${joins}
    WHERE ${isMine} AND e.state = ${state} ${start} AND ${mayJudge(ctx)}
    ORDER BY e.created_at, e.action_id LIMIT ${limit}`)
}
