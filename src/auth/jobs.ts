import type { Ctx } from '../app/context'
import { closeSockets } from './actions/end-session'
import { deleteOldLinks } from './email/store'
import { deleteOldMfaRows } from './mfa/store'
import { deleteOldOauthStates } from './oauth/store'
import { deleteOldPasskeyChallenges } from './passkeys/store'
import { listDrops } from './session-end-store'
import { deleteOldThrottles } from './throttle-store'
import { deleteOldTraces } from './trace-store'

/** Closes sockets of ended sessions that could not be closed when they ended. */
export async function sweepEndedSessions(ctx: Ctx): Promise<void> {
  await closeSockets(ctx, await listDrops(ctx, 50))
}

/** Deletes counters whose window is over. */
export async function sweepThrottles(ctx: Ctx): Promise<void> {
  await deleteOldThrottles(ctx, 1000)
}

/** Forgets addresses and sessions that have long been of no use. */
export async function sweepTraces(ctx: Ctx): Promise<void> {
  await deleteOldTraces(ctx, 1000)
}

/** Forgets sign-ins that nobody has finished in time, mailed links, and authenticator apps that never got their first code. */
export async function sweepSignIns(ctx: Ctx): Promise<void> {
  await deleteOldMfaRows(ctx, 1000)
  await deleteOldPasskeyChallenges(ctx, 1000)
  await deleteOldOauthStates(ctx, 1000)
  await deleteOldLinks(ctx, 1000)
}
