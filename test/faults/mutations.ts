import { accountMutations } from './mutations/accounts'
import { codeMutations } from './mutations/codes'
import { fileMutations } from './mutations/files'
import { inboxMutations } from './mutations/inbox'
import { liveMutations } from './mutations/live'
import { meetupMutations } from './mutations/meetups'
import { moderationMutations } from './mutations/moderation'
import type { Mutation } from './mutations/mutation'
import { noteMutations } from './mutations/notes'
import { notificationMutations } from './mutations/notifications'
import { peopleMutations } from './mutations/people'
import { roomMutations } from './mutations/rooms'
import { studyMutations } from './mutations/study'
import { studyShownMutations } from './mutations/study-shown'
import { surfaceMutations } from './mutations/surface'
import { timerMutations } from './mutations/timer'
import { wayInMutations } from './mutations/ways-in'

/** Every way in which `bun run faults` breaks Studyhall, one at a time. */
export const mutations: readonly Mutation[] = [
  ...accountMutations,
  ...codeMutations,
  ...roomMutations,
  ...wayInMutations,
  ...peopleMutations,
  ...notificationMutations,
  ...moderationMutations,
  ...noteMutations,
  ...liveMutations,
  ...inboxMutations,
  ...timerMutations,
  ...meetupMutations,
  ...fileMutations,
  ...studyMutations,
  ...studyShownMutations,
  ...surfaceMutations,
]
