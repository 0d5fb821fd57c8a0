import { type Context, Hono } from 'hono'
import type { AppEnv } from '../app/env'
import { shieldedWhenMissed, signedIn } from '../app/guards'
import { describe } from '../app/openapi'
import { requestErrors } from '../shared/errors'
import { validate } from '../shared/validate'
import { meSchema } from '../users/schemas'
import { claimErrors, uploadErrors } from './errors'
import { openPicture, removeAvatar, setAvatar } from './picture-actions'
import { avatarBody, picturePath } from './schemas'

const { invalid } = requestErrors

/** Below /users. */
export const avatarRoutes = () =>
  new Hono<AppEnv>()
    .put(
      '/me/avatar',
      describe({
        summary: 'Show a picture of me',
        description:
          'From an upload of yours with the purpose avatar: its middle as a square of 256 pixels, in every room at once.',
        tag: 'Users',
        replies: { 200: meSchema },
        errors: [...claimErrors, invalid],
      }),
      signedIn,
      validate('json', avatarBody),
      async (c) => c.json(await setAvatar(c.var.ctx, c.req.valid('json').uploadId)),
    )
    .delete(
      '/me/avatar',
      describe({ summary: 'Take my picture down', tag: 'Users', replies: { 204: null } }),
      signedIn,
      async (c) => {
        await removeAvatar(c.var.ctx)
        return c.body(null, 204)
      },
    )

const pictureRoutes = (kind: 'avatars' | 'logos', summary: string) =>
  new Hono<AppEnv>().get(
    '/:key',
    describe({
      summary,
      description:
        'At the address that replies and events name, while it is shown. Needs no session: the key is secret.',
      tag: 'Files',
      open: true,
      replies: { 200: null, 304: null },
      errors: [uploadErrors.linkInvalid, invalid],
    }),
    shieldedWhenMissed,
    validate('param', picturePath),
    async (c) => sendPicture(c, kind, c.req.valid('param').key),
  )

export const avatarPictureRoutes = () => pictureRoutes('avatars', 'Fetch the picture of a person')
export const logoPictureRoutes = () => pictureRoutes('logos', 'Fetch the picture of a room or group')

/** A key names one picture for good, so it is its entity tag; taken down, it is gone from here within the hour. */
async function sendPicture(c: Context<AppEnv>, kind: 'avatars' | 'logos', key: string): Promise<Response> {
  const picture = await openPicture(c.var.ctx, kind, key)
  const headers = {
    ETag: `"${key}"`,
    'Cache-Control': 'private, max-age=3600',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'Content-Disposition': 'inline',
  }
  if (c.req.header('If-None-Match')?.includes(`"${key}"`)) return new Response(null, { status: 304, headers })
  const { body, size, contentType } = picture
  return new Response(body, { headers: { ...headers, 'Content-Type': contentType, 'Content-Length': String(size) } })
}
