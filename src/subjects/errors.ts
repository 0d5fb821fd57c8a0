import { defineError } from '../shared/errors'

export const subjectErrors = {
  notFound: defineError({
    code: 'subject.not_found',
    status: 404,
    title: 'There is no such subject.',
    help: 'GET /api/v1/subjects lists the subjects there are.',
  }),
  tooMany: defineError({
    code: 'subject.too_many',
    status: 409,
    title: 'You have chosen as many subjects as one person may.',
    help: 'Take away one that you no longer study.',
  }),
}
