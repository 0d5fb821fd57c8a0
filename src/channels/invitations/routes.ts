import { Hono } from 'hono'
import { createFactory } from 'hono/factory'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { authErrors } from '../../auth/errors'
import { requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { userErrors } from '../../users/errors'
import { channelErrors, groupErrors, invitationErrors, roomErrors } from '../errors'
import type { Place } from '../place-schemas'
import { invitePerson } from './actions'
import { invitationReply, newInvitation } from './schemas'

const { invalid } = requestErrors

/** Asking people in. */
export function invitationRoutes({ kinds, noun, tag, errors, path }: Place) {
  const { notFound, notAllowed, alreadyMember, personBanned, busy } = errors
  const invite = createFactory<AppEnv>().createHandlers(
    describe({
      summary: `Invite somebody to a ${noun}`,
      description:
        'For those whom settings.whoMayInvite names, with a verified address. 201 the first time, 200 while the person has an invitation to answer. People choose who may invite them; who has blocked you takes none, and is not told apart.',
      tag,
      replies: { 200: invitationReply, 201: invitationReply },
      errors: [
        ...[authErrors.emailVerificationRequired, notFound, channelErrors.membershipRequired, notAllowed],
        ...[userErrors.notFound, invitationErrors.notWelcome, invitationErrors.tooMany, alreadyMember, personBanned],
        ...[busy, invalid, noun === 'room' ? roomErrors.personal : groupErrors.inactive],
      ],
    }),
    signedIn,
    validate('param', path),
    validate('json', newInvitation),
    async (c) => {
      const { id } = c.req.valid('param')
      const { invitation, isNew } = await invitePerson(c.var.ctx, kinds, id, c.req.valid('json').userId)
      return c.json(invitation, isNew ? 201 : 200)
    },
  )
  return new Hono<AppEnv>().post('/:id/invitations', ...invite).post('/:id/invite', ...invite)
}
