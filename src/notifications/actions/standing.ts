import type { Ctx } from '../../app/context'
import { type Category, kinds, type Way, ways } from '../contract'
import type { EventRow, Reader } from '../event-store'
import { nextDigest, quietUntil } from '../quiet'
import { defaultFrequency, type Standing } from '../rules'
import type { Frequency } from '../tables'

export const frequencyOf = (reader: Pick<Reader, 'preferences'>, category: Category, way: Way): Frequency =>
  reader.preferences[category]?.[way] ?? defaultFrequency(category, way)

interface More {
  isBlocked: boolean
  isMuted: boolean
  isRead?: boolean
  /** False for who may no longer see where it happened. */
  isThere?: boolean
  isDeleted?: boolean
  studying?: boolean
}

/** All that a decision stands on. */
export function standingOf(ctx: Ctx, event: EventRow, reader: Reader, more: More): Standing {
  const now = ctx.now()
  const { category } = kinds[event.type]
  const present = 'present' in event.facts ? (event.facts.present ?? []) : []
  const digest = { hour: reader.digestHour, weekday: reader.digestWeekday, zone: reader.timezone }
  const [app = 'immediately', mail = 'immediately', push = 'immediately'] = ways.map((way) =>
    frequencyOf(reader, category, way),
  )
  return {
    category,
    frequency: { app, mail, push },
    withdrawn: event.withdrawnAt !== null,
    expired: event.expiresAt !== null && event.expiresAt <= now,
    blocked: more.isBlocked,
    muted: more.isMuted,
    present: present.includes(reader.userId),
    direct: event.type === 'message.direct',
    isThere: reader.isActive && (more.isThere ?? true),
    read: more.isRead ?? false,
    deleted: more.isDeleted ?? false,
    mail: mailMeans(ctx, reader),
    push: ctx.push === null ? 'off' : reader.hasPush ? 'ok' : 'no_subscription',
    quietUntil: quietUntil(now, reader.quietHours, reader.quietZone),
    studying: (more.studying ?? false) && reader.quietWhileStudying,
    nextDigest: { daily: nextDigest(now, 'daily', digest), weekly: nextDigest(now, 'weekly', digest) },
  }
}

function mailMeans(ctx: Ctx, reader: Reader): Standing['mail'] {
  if (!ctx.mail) return 'off'
  if (reader.email === null) return 'no_address'
  return reader.bounced ? 'bounced' : 'ok'
}
