import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { line } from '../shared/text'

export const subjectIdSchema = idSchema('subject')

export const subjectSchema = z.lazy(() =>
  z
    .object({
      id: z.string(),
      name: z.string(),
      category: z.string(),
      description: z.string(),
      iconUrl: z.string().nullable(),
    })
    .meta({ id: 'Subject' }),
)

/** A subject where it is named only. */
export const subjectRefSchema = z.lazy(() =>
  subjectSchema.unwrap().pick({ id: true, name: true, iconUrl: true }).meta({ id: 'SubjectRef' }),
)

export const subjectsQuery = z.lazy(() =>
  z.strictObject({
    query: line(64).optional().describe('Words of name, other names or category; the last one may be a beginning.'),
    category: line(64).optional().describe('The exact name of a category.'),
    ...pageQuery,
  }),
)

export const subjectsReply = z.lazy(() => pageOf(subjectSchema))
export const subjectPath = z.lazy(() => z.strictObject({ subjectId: subjectIdSchema }))
export const chooseSubjectBody = z.lazy(() => z.strictObject({ subjectId: subjectIdSchema }))

export type SubjectsQuery = z.output<typeof subjectsQuery>
