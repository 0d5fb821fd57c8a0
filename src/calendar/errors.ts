import { defineError } from '../shared/errors'

export const calendarErrors = {
  notFound: defineError({
    code: 'calendar.not_found',
    status: 404,
    title: 'There is no such calendar, or no longer.',
    help: 'Its address was taken back or copied incompletely. Make a new one at POST /api/v1/calendar/feed.',
  }),
}
