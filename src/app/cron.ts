import { sweepEndedSessions, sweepSignIns, sweepThrottles, sweepTraces } from '../auth/jobs'
import { sweepLiveCounts, sweepUnsynced } from '../channels/jobs'
import { confirmAttachments } from '../channels/live/attachments-jobs'
import { sweepCodes } from '../codes/jobs'
import { sweepOnline } from '../inbox/jobs'
import { sweepMaterialDownloads } from '../materials/jobs'
import { runMeetups } from '../meetups/jobs'
import { sweepNoteReads } from '../notes/jobs'
import { forgetOldNotifications, sweepDeliveries } from '../notifications/jobs'
import { forgetOldEvents, remind, sweepEvents } from '../outbox/jobs'
import { eraseDueAccounts, eraseFromRooms, tendExports } from '../privacy/jobs'
import { sweepReports } from '../reports/jobs'
import { sweepCompletedTodos } from '../todos/jobs'
import { emptyFileTrash, sweepOrphans, tendScans } from '../uploads/jobs'
import type { Ctx } from './context'
import { sweepEndedChannels } from './ended-channels'
import { errorFields } from './log'
import { tell } from './tell'

type Job = (ctx: Ctx) => Promise<void>

/** What runs every minute. Each job is idempotent and bounded; one that fails does not hold up the others. */
const jobs: Record<string, Job> = {
  sweepUnsynced,
  sweepLiveCounts,
  sweepOnline,
  sweepCodes,
  sweepEndedSessions,
  sweepThrottles,
  sweepSignIns,
  sweepTraces,
  runMeetups,
  eraseDueAccounts,
  eraseFromRooms,
  tendExports,
  sweepNoteReads,
  sweepMaterialDownloads,
  sweepCompletedTodos,
  sweepEndedChannels,
  sweepOrphans,
  confirmAttachments,
  emptyFileTrash,
  tendScans,
  sweepReports,
  remind,
  sweepEvents,
  sweepDeliveries,
  forgetOldEvents,
  forgetOldNotifications,
}

export async function onCron(ctx: Ctx): Promise<void> {
  for (const [name, job] of Object.entries(jobs)) {
    try {
      await job(ctx)
    } catch (error) {
      ctx.log.error('cron.job_failed', { job: name, ...errorFields(error) })
    }
  }
  await tell(ctx)
}
