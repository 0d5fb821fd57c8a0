import { silentMs } from '../src/channels/live/presence'
import type { Attachment } from './connection'
import type { Sockets } from './sockets'

/** The sockets whose session is over, and those that have shown no life for too long (L16). */
export function listOverdue(sockets: Pick<Sockets, 'all' | 'heardAt'>, now: number): Overdue[] {
  return sockets.all().flatMap((connection): Overdue[] => {
    const { who } = connection
    if (who.sessionEndsAt <= now) return [{ who, why: 'session' }]
    return now - sockets.heardAt(connection) >= silentMs ? [{ who, why: 'silent' }] : []
  })
}

interface Overdue {
  who: Attachment
  why: 'session' | 'silent'
}
