import { Hono } from 'hono'
import type { AppEnv } from '../../app/env'
import { signedIn } from '../../app/guards'
import { describe } from '../../app/openapi'
import { requestErrors } from '../../shared/errors'
import { validate } from '../../shared/validate'
import { channelErrors } from '../errors'
import type { Place } from '../place-schemas'
import { readTimer } from './timer-actions'
import { timerReply } from './timer-schemas'

/** The shared timer. It is started and changed on the socket. */
export const timerRoutes = ({ kinds, noun, tag, errors, path }: Place) =>
  new Hono<AppEnv>().get(
    '/:id/timer',
    describe({
      summary: `Read the timer of a ${noun}`,
      description: 'For members. Null where none runs. Started and changed on the socket, whose members hear of it.',
      tag,
      replies: { 200: timerReply },
      errors: [errors.notFound, channelErrors.membershipRequired, requestErrors.invalid],
    }),
    signedIn,
    validate('param', path),
    async (c) => c.json(await readTimer(c.var.ctx, kinds, c.req.valid('param').id)),
  )
