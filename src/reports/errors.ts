import { defineError } from '../shared/errors'

export const reportErrors = {
  notFound: defineError({
    code: 'report.not_found',
    status: 404,
    title: 'There is no such report.',
    help: 'GET /api/v1/reports?mine=true lists the reports that you have made.',
  }),
  self: defineError({
    code: 'report.self',
    status: 409,
    title: 'You cannot report yourself or what is yours.',
    help: 'Your own messages, rooms and account you can delete.',
  }),
  tooMany: defineError({
    code: 'report.too_many',
    status: 429,
    title: 'You have made as many reports as one person may in a day.',
    help: 'If somebody is in danger, do not wait for us: call those who can help where you are.',
  }),
  notAllowed: defineError({
    code: 'report.not_allowed',
    status: 403,
    title: 'This report is for others to close.',
    help: 'Moderators close reports on people of a lower role in their room or group, admins all others; nobody closes those on themselves.',
  }),
  closed: defineError({
    code: 'report.closed',
    status: 409,
    title: 'The report has been closed before.',
    help: 'The member `state` says how. What was decided first stands.',
  }),
  busy: defineError({
    code: 'report.busy',
    status: 409,
    title: 'The report was changed by somebody else at the same moment.',
    help: 'Nothing was written. Look again and repeat what still makes sense.',
  }),
}
