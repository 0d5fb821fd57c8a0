import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { line } from '../shared/text'
import { userSchema } from '../users/schemas'

const roleSchema = z.enum(['student', 'instructor', 'admin'])

export const userPath = z.lazy(() => z.strictObject({ id: idSchema('user') }))

export const changeRoleBody = z.lazy(() =>
  z.strictObject({
    role: roleSchema,
    reason: line(500).describe('Goes into the audit log, and into the security log of the person.'),
  }),
)

export const userWithRole = z.lazy(() => userSchema.unwrap().extend({ role: roleSchema }).meta({ id: 'UserWithRole' }))

export type ChangeRole = z.output<typeof changeRoleBody>
