import type { Relation } from '../profiles/rules'
import type { SettingsRow } from '../profiles/tables'

/** For how long an account counts as new, and may have fewer open requests. */
export const newAccountMs = 72 * 60 * 60_000

/** How the caller stands to somebody, and what that person lets others do. */
export interface Standing {
  user: { id: string; username: string; name: string }
  relation: Relation
  blockedByMe: boolean
  blocksMe: boolean
  privacy: Pick<SettingsRow, 'mayMessage' | 'mayInvite' | 'maySeePresence' | 'maySeeStudyStats' | 'maySeeProfile'>
}

interface Pair {
  viewerId: string
  userId: string
  areFriends: boolean
  share: boolean
}

/** Friends are the closer relation: whoever may do what people in a common room may, may do it as a friend, too. */
export function relationOf({ viewerId, userId, areFriends, share }: Pair): Relation {
  if (viewerId === userId) return 'self'
  if (areFriends) return 'friend'
  return share ? 'shared' : 'none'
}
