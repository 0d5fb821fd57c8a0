import { defineError } from '../shared/errors'

export const studyErrors = {
  sessionNotFound: defineError({
    code: 'study.session_not_found',
    status: 404,
    title: 'There is no such study session.',
    help: 'It is not yours, or ended before it was 20 seconds old. GET /api/v1/study/sessions/current shows the one that runs.',
  }),
  sessionEnded: defineError({
    code: 'study.session_ended',
    status: 409,
    title: 'This session is over.',
    help: 'The member `session` says when and why it ended, and what was counted. A session that is over never runs again: start a new one.',
  }),
  manualOverlaps: defineError({
    code: 'study.manual_overlaps',
    status: 409,
    title: 'Some of this time is counted already.',
    help: 'No minute counts twice. GET /api/v1/study/sessions shows what there is.',
  }),
  manualTooMany: defineError({
    code: 'study.manual_too_many',
    status: 409,
    title: 'You have entered as much time by hand as one month allows.',
    help: 'There may be five entries in a calendar month.',
  }),
  manualTooOld: defineError({
    code: 'study.manual_too_old',
    status: 422,
    title: 'Time may be entered by hand for the last 30 days.',
  }),
  manualInFuture: defineError({
    code: 'study.manual_in_future',
    status: 422,
    title: 'Time that is still to come cannot have been studied.',
  }),
  dayFull: defineError({
    code: 'study.day_full',
    status: 409,
    title: 'At most 16 hours of a day are counted.',
  }),
}
