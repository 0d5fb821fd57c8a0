import { Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { pageErrors, requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { chooseSubject, dropSubject, listSubjects } from './actions'
import { subjectErrors } from './errors'
import { chooseSubjectBody, subjectPath, subjectSchema, subjectsQuery, subjectsReply } from './schemas'

const tag = 'Subjects'
const { invalid } = requestErrors

export const subjectRoutes = () =>
  new Hono<AppEnv>().get(
    '/',
    describe({
      summary: 'Find subjects',
      description: 'All of them by name, those of one category, or those that a query finds.',
      tag,
      replies: { 200: subjectsReply },
      errors: [invalid, pageErrors.badCursor],
    }),
    signedIn,
    validate('query', subjectsQuery),
    async (c) => c.json(await listSubjects(c.var.ctx, c.req.valid('query'))),
  )

/** Below /users. */
export const mySubjectRoutes = () =>
  new Hono<AppEnv>()
    .put(
      '/me/subjects/:subjectId',
      describe({
        summary: 'Add a subject that I study',
        description: 'May be repeated. At most 50 a person.',
        tag,
        replies: { 200: subjectSchema },
        errors: [subjectErrors.notFound, subjectErrors.tooMany, invalid],
      }),
      signedIn,
      validate('param', subjectPath),
      async (c) => c.json(await chooseSubject(c.var.ctx, c.req.valid('param').subjectId)),
    )
    .delete(
      '/me/subjects/:subjectId',
      describe({
        summary: 'Take away a subject that I study',
        description: 'May be repeated.',
        tag,
        replies: { 204: null },
        errors: [invalid],
      }),
      signedIn,
      validate('param', subjectPath),
      async (c) => {
        await dropSubject(c.var.ctx, c.req.valid('param').subjectId)
        return c.body(null, 204)
      },
    )
    .post(
      '/subjects',
      describe({
        summary: 'Add a subject that I study, named in the body',
        description: 'The same as PUT /users/me/subjects/:subjectId.',
        tag,
        replies: { 200: subjectSchema },
        errors: [subjectErrors.notFound, subjectErrors.tooMany, invalid],
      }),
      signedIn,
      validate('json', chooseSubjectBody),
      async (c) => c.json(await chooseSubject(c.var.ctx, c.req.valid('json').subjectId)),
    )
