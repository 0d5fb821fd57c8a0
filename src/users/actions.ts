import type { UserCtx } from '../app/context'
import { syncMemberships, touchMemberships } from '../channels/actions'
import { refreshFriendsOf } from '../inbox/actions'
import { changeAccount, showMe, updateSettings } from '../profiles/actions'
import type { UpdateSettings } from '../profiles/schemas'
import { planZone } from '../study/actions/zone'
import type { UpdateMe } from './schemas'

/**
 * Changes the caller's own account. A new name reaches every room that the caller is in.
 * @throws user.username_taken
 */
export async function updateMe(ctx: UserCtx, changes: UpdateMe) {
  if (Object.values(changes).every((value) => value === undefined)) return showMe(ctx)
  const zone = await planZone(ctx, changes)
  if (changes.name === undefined && changes.username === undefined) return changeAccount(ctx, changes, zone)
  const { userId } = ctx.actor
  const me = await changeAccount(ctx, changes, [...zone, touchMemberships(ctx, userId)])
  await syncMemberships(ctx, userId)
  return me
}

/** Changes the caller's own settings. What others see of the caller in rooms changes with them. */
export async function changeSettings(ctx: UserCtx, changes: UpdateSettings) {
  const { maySeePresence, readReceipts, maySeeStudyStats } = changes.privacy ?? {}
  if (maySeePresence === undefined && readReceipts === undefined && maySeeStudyStats === undefined)
    return updateSettings(ctx, changes)
  const { userId } = ctx.actor
  const settings = await updateSettings(ctx, changes, [touchMemberships(ctx, userId)])
  await syncMemberships(ctx, userId)
  if (maySeePresence !== undefined) ctx.later(refreshFriendsOf(ctx, [userId]))
  return settings
}
