import type { UserCtx } from '../../app/context'
import { defaultSettings } from '../../profiles/rules'
import { userErrors } from '../../users/errors'
import { avatarUrl } from '../../users/rules'
import { type BoardRow, findBoardOfEveryone, findMe, findViewer, listBoard } from '../board-store'
import { dateOf, type Period, periodAround } from '../rules/days'
import { boardKeptMs, boardSize, percentOf } from '../rules/limits'
import type { BoardQuery } from '../schemas'
import { todayOf } from './progress'
import { requireMember } from './sessions'

/**
 * Who studied how long, ranked by the clock. Each person's days are their own; the period is that of the caller's today.
 * @throws room.not_found, group.not_found, channel.membership_required
 */
export async function showBoard(ctx: UserCtx, { scope, id, period }: BoardQuery) {
  const { zone, room } = await findViewer(ctx, id ?? null)
  if (id !== undefined) requireMember(id, room)
  const { first, last } = periodAround(todayOf(ctx, zone), period)
  const dates = { from: dateOf(first), to: dateOf(last) }
  const about = { scope, period, ...dates }
  const toRow = rowMaker(period, last - first + 1)
  if (scope === 'everyone') {
    const board = { key: `${period} ${about.from}`, ...dates, keptMs: boardKeptMs[period] }
    const { rows, mine, madeAt } = await findBoardOfEveryone(ctx, board)
    return assemble(
      { about, rows, mine: mine ?? (await findMe(ctx)), madeAt, total: null, userId: ctx.actor.userId },
      toRow,
    )
  }
  const rows = await listBoard(
    ctx,
    id === undefined ? { friends: true } : { channelId: id },
    dates,
    defaultSettings.maySeeStudyStats,
  )
  const mine = rows.find(({ userId }) => userId === ctx.actor.userId) ?? (await findMe(ctx))
  const total = rows.reduce(
    (sum, { seconds, manualSeconds }) => sum + seconds + (id === undefined ? 0 : manualSeconds),
    0,
  )
  return assemble({ about, rows, mine, madeAt: ctx.now(), total, userId: ctx.actor.userId }, toRow)
}

/** A month has no goal of its own: it is that of the week, day by day. */
function rowMaker(period: Period, days: number) {
  return ({ userId, username, name, avatarKey, seconds, manualSeconds, dayMinutes, weekMinutes }: BoardRow) => {
    const goal = period === 'day' ? dayMinutes : weekMinutes
    const minutes = goal === null || period !== 'month' ? goal : (goal * days) / 7
    const user = { id: userId, username, name, avatarUrl: avatarUrl(avatarKey) }
    return { user, countedSeconds: seconds, manualSeconds, goalPercent: percentOf(seconds, minutes) }
  }
}

interface Parts {
  about: { scope: string; period: string; from: string; to: string }
  rows: BoardRow[]
  mine: BoardRow | null
  madeAt: number
  total: number | null
  userId: string
}

function assemble({ about, rows, mine, madeAt, total, userId }: Parts, toRow: ReturnType<typeof rowMaker>) {
  if (!mine) throw userErrors.notFound()
  let rank = 0
  const ranked = rows.map((row, at) => {
    if (at === 0 || row.seconds < (rows[at - 1]?.seconds ?? 0)) rank = at + 1
    return { rank, ...toRow(about.scope === 'friends' ? { ...row, manualSeconds: 0 } : row) }
  })
  const own = ranked.find(({ user }) => user.id === userId)
  return {
    ...about,
    countedSeconds: total,
    data: ranked.slice(0, boardSize),
    me: { ...toRow(mine), rank: own?.rank ?? null },
    madeAt: new Date(madeAt).toISOString(),
  }
}
