import type { Ctx, UserCtx } from '../app/context'
import { base64url, hashSecret, newSecret } from '../shared/secrets'
import { calendarErrors } from './errors'
import { writeCalendar } from './feed'
import { deleteFeed, findFeedOwner, listEntries, upsertFeed } from './store'

const dayMs = 24 * 60 * 60_000
/** How long what is over stays in the calendar. */
const pastDays = 30

/** Makes the address of one's calendar, in place of the one of before. @param base where Studyhall is reached */
export async function makeFeed(ctx: UserCtx, base: string): Promise<{ url: string }> {
  const token = newSecret()
  await upsertFeed(ctx, await hashSecret(token))
  return { url: `${base}/api/v1/calendar/${token}.ics` }
}

/** Takes the address back. Where there is none, nothing happens. */
export const revokeFeed = deleteFeed

/** The calendar that a secret opens, and a mark of what is in it. @throws calendar.not_found */
export async function readFeed(ctx: Ctx, file: string): Promise<{ calendar: string; etag: string }> {
  const [, token] = /^([A-Za-z0-9_-]{27})\.ics$/.exec(file) ?? []
  const userId = token === undefined ? null : await findFeedOwner(ctx, await hashSecret(token))
  if (userId === null) throw calendarErrors.notFound()
  const on = new Date(ctx.now() - pastDays * dayMs).toISOString().slice(0, 10)
  const from = { on, at: Date.parse(`${on}T00:00:00Z`) }
  const calendar = writeCalendar(await listEntries(ctx, userId, from), from)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(calendar))
  return { calendar, etag: `"${base64url(new Uint8Array(digest, 0, 16))}"` }
}

/** Whether a reader has this already: If-None-Match names it, or anything. Weak tags match, too (RFC 9110 13.1.2). */
export const isKnown = (ifNoneMatch: string | undefined, etag: string) =>
  ifNoneMatch?.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim())) ?? false
