import { env, exports } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { avatarUrl as wireAvatarUrl } from '../../src/channels/live/wire'
import { keptAsSent } from '../../src/uploads/adapters/cloudflare-images'
import { emptyFileTrash } from '../../src/uploads/jobs'
import { avatarUrl } from '../../src/users/rules'
import { Link } from '../live/links'
import { makeTestCtx } from '../support/ctx'
import { countingEnv, origin, type Person, requestOf, signUp } from '../support/people'
import { announce, bytesOf, send, upload } from './support'

/** A PNG of one colour, 40 by 32, as bytes. */
const png = Uint8Array.fromBase64(
  'iVBORw0KGgoAAAANSUhEUgAAACgAAAAgCAIAAADvz61XAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAPklEQVRIie3XwQkAMAgDQOfKUNkqe3aMfg78C6I5vHRf6jSuUcdyzTlVgERkDhLF4rBYLAaLw2KxGCx+/RYfafCBWxiI3x8AAAAASUVORK5CYII=',
)

const picture = async (person: Person, purpose: 'avatar' | 'logo'): Promise<string> =>
  (await upload(person, png, { filename: 'me.png', contentType: 'image/png', purpose })).body.id

const show = (path: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(new Request(`${origin}${path}`, { headers }))

describe('avatars', () => {
  test('are a square, are shown wherever the person is, and at once', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const { body: room } = await ann.call('POST', '/rooms', { name: 'Pictures' })
    await bob.call('POST', `/rooms/${room.id}/join`)
    const { body: ticket } = await bob.call('POST', '/ws/tickets', { channelId: room.id })
    const socket = await exports.default.fetch(`${origin}/ws/rooms/${room.id}`, {
      headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `studyhall.v1, ticket.${ticket.ticket}` },
    })
    const link = new Link(socket.webSocket as WebSocket, null)
    const uploadId = await picture(ann, 'avatar')
    const me = await ann.call('PUT', '/users/me/avatar', { uploadId })
    const url: string = me.body.avatarUrl
    expect(url).toMatch(/^\/api\/v1\/avatars\/[A-Za-z0-9_-]{27}$/)
    const heard = await link.until(({ type }) => type === 'member.updated')
    expect(heard.member.user.avatarUrl).toBe(url)
    expect((await ann.call('PUT', '/users/me/avatar', { uploadId })).body.avatarUrl).toBe(url)

    const [sent, seen, members, list, found] = [
      await ann.call('POST', `/channels/${room.id}/messages`, { nonce: 'a', text: 'hi' }),
      await bob.call('GET', `/users/${ann.id}`),
      await bob.call('GET', `/rooms/${room.id}/members`),
      await bob.call('GET', `/rooms/${room.id}`),
      await bob.call('GET', `/users?query=${ann.username}`),
    ]
    expect(sent.body.sender.avatarUrl).toBe(url)
    expect(seen.body.avatarUrl).toBe(url)
    expect(members.body.data.find((one: { user: { id: string } }) => one.user.id === ann.id).user.avatarUrl).toBe(url)
    expect(list.body.owner.avatarUrl).toBe(url)
    for (const one of found.body.data) expect(one.avatarUrl).toBe(url)

    const image = await show(url)
    expect(Object.fromEntries(image.headers)).toMatchObject({
      ...{ 'content-type': 'image/webp', 'x-content-type-options': 'nosniff' },
    })
    const bytes = new DataView(await image.arrayBuffer())
    // VP8, VP8L or VP8X: the square is 256 on both sides whatever the form.
    const info = await env.IMAGES.info(new Blob([bytes]).stream())
    expect(info).toMatchObject({ format: 'image/webp', width: 256, height: 256 })
    expect((await show(url, { 'If-None-Match': image.headers.get('ETag') as string })).status).toBe(304)
  })

  test('the next one takes the place of the old, whose bytes go; taken down, nobody has one', async () => {
    const ann = await signUp()
    const first = (await ann.call('PUT', '/users/me/avatar', { uploadId: await picture(ann, 'avatar') })).body.avatarUrl
    const second = (await ann.call('PUT', '/users/me/avatar', { uploadId: await picture(ann, 'avatar') })).body
      .avatarUrl
    expect([(await show(first)).status, (await show(second)).status]).toEqual([404, 200])
    expect((await ann.call('DELETE', '/users/me/avatar')).status).toBe(204)
    expect((await ann.call('GET', '/users/me')).body.avatarUrl).toBeNull()
    expect((await show(second)).status).toBe(404)
    await emptyFileTrash(await makeTestCtx())
    for (const url of [first, second]) expect(await env.FILES.head(url.replace('/api/v1/', ''))).toBeNull()
    const left = await env.DB.prepare('SELECT count(*) AS n FROM uploads WHERE user_id = ?').bind(ann.id).first('n')
    expect(left).toBe(0)
  })

  test('are one’s own, meant for it, small enough and no fake', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const set = async (uploadId: string) => (await ann.call('PUT', '/users/me/avatar', { uploadId })).body.code
    expect(await set(await picture(bob, 'avatar'))).toBe('upload.not_found')
    expect(await set(await picture(ann, 'logo'))).toBe('upload.wrong_purpose')
    const about = { filename: 'a.png', contentType: 'image/png', purpose: 'avatar' }
    const huge = bytesOf(png)
    new DataView(huge.buffer).setUint32(16, 50_000)
    new DataView(huge.buffer).setUint32(20, 50_000)
    expect((await upload(ann, huge, about)).body).toMatchObject({
      code: 'upload.refused',
      detail: 'The picture is 50000 x 50000; pictures may have 16384 a side and 100 million pixels.',
    })
    const empty = bytesOf(png)
    empty.fill(0, 60, 100)
    const { body } = await announce(ann, empty, about)
    await send(body.uploadUrl, empty, { ...body.headers, 'Content-Length': `${empty.length}` })
    expect(await set(body.id)).toBe('upload.refused')
    expect((await ann.call('GET', '/users/me')).body.avatarUrl).toBeNull()
  })

  test('without the maker of squares, pictures are kept as they were sent, and health says so', async () => {
    expect(await keptAsSent.square(new Blob([png]).stream(), 256)).toBeNull()
    const ann = await signUp()
    const uploadId = await picture(ann, 'avatar')
    const without = countingEnv({ IMAGES: undefined } as object)
    const set = await without.fetch(
      requestOf('PUT', '/users/me/avatar', { uploadId }, { Authorization: `Bearer ${ann.accessToken}` }),
    )
    const image = await show(set.body.avatarUrl)
    expect(image.headers.get('Content-Type')).toBe('image/png')
    expect(new Uint8Array(await image.arrayBuffer())).toEqual(png)
    const health = await without.fetch(requestOf('GET', '/health'))
    expect(health.body.adapters.pictures).toContain('stand-in')
  })

  test('the object and the Worker name the same address', () => {
    for (const key of [null, 'abc']) expect(wireAvatarUrl(key)).toBe(avatarUrl(key))
  })
})

describe('logos', () => {
  test('come with a room or group, are replaced and taken down by who may edit it, and go with it', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const made = await ann.call('POST', '/rooms', { name: 'Logo', logoUploadId: await picture(ann, 'logo') })
    const { id, logoUrl: first } = made.body
    expect((await show(first)).status).toBe(200)
    expect((await bob.call('GET', `/rooms/${id}`)).body.logoUrl).toBe(first)
    await bob.call('POST', `/rooms/${id}/join`)
    const theirs = await bob.call('PATCH', `/rooms/${id}`, { logoUploadId: await picture(bob, 'logo') })
    expect(theirs.body.code).toBe('room.not_allowed')
    const second = await ann.call('PATCH', `/rooms/${id}`, { logoUploadId: await picture(ann, 'logo') })
    expect(second.body.version).toBe(made.body.version + 1)
    expect([(await show(first)).status, (await show(second.body.logoUrl)).status]).toEqual([404, 200])
    const none = await ann.call('PATCH', `/rooms/${id}`, { logoUploadId: null, name: 'Bare' })
    expect(none.body).toMatchObject({ logoUrl: null, name: 'Bare' })
    expect((await show(second.body.logoUrl)).status).toBe(404)
    const last = await ann.call('PATCH', `/rooms/${id}`, { logoUploadId: await picture(ann, 'logo') })
    await ann.call('DELETE', `/rooms/${id}`)
    expect((await show(last.body.logoUrl)).status).toBe(404)
    const left = await env.DB.prepare(`SELECT count(*) AS n FROM uploads WHERE used_id = ?`).bind(id).first('n')
    expect(left).toBe(0)
  })

  test('of what is private, have another address as soon as somebody is out, or it is private', async () => {
    const [ann, bob, cy] = [await signUp(), await signUp(), await signUp()]
    const { id, logoUrl } = (
      await ann.call('POST', '/rooms', { name: 'Logo', logoUploadId: await picture(ann, 'logo') })
    ).body
    for (const person of [bob, cy]) await person.call('POST', `/rooms/${id}/join`)
    const shownTo = async (person: Person): Promise<string> => (await person.call('GET', `/rooms/${id}`)).body.logoUrl
    const closed = (await ann.call('PATCH', `/rooms/${id}`, { visibility: 'private' })).body.logoUrl
    expect([(await show(logoUrl)).status, (await show(closed)).status]).toEqual([404, 200])
    expect(await shownTo(bob)).toBe(closed)
    await bob.call('POST', `/rooms/${id}/leave`)
    const [left, version] = [await shownTo(ann), (await ann.call('GET', `/rooms/${id}`)).body.version]
    expect([(await show(closed)).status, (await show(left)).status]).toEqual([404, 200])
    await ann.call('PUT', `/rooms/${id}/bans/${cy.id}`, { reason: 'noise' })
    const banned = await ann.call('GET', `/rooms/${id}`)
    expect(banned.body.version).toBe(version)
    await emptyFileTrash(await makeTestCtx())
    expect([(await show(left)).status, (await show(banned.body.logoUrl)).status]).toEqual([404, 200])
    // The bytes are the same, and go with the picture.
    const key = banned.body.logoUrl.replace('/api/v1/', '').split('.')[0]
    expect(await env.FILES.head(key)).not.toBeNull()
    await ann.call('PATCH', `/rooms/${id}`, { logoUploadId: null })
    await emptyFileTrash(await makeTestCtx())
    expect(await env.FILES.head(key)).toBeNull()
  })

  test('of a public room, keep their address when somebody leaves', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const { id, logoUrl } = (
      await ann.call('POST', '/rooms', { name: 'Logo', logoUploadId: await picture(ann, 'logo') })
    ).body
    await bob.call('POST', `/rooms/${id}/join`)
    await bob.call('POST', `/rooms/${id}/leave`)
    expect((await ann.call('GET', `/rooms/${id}`)).body.logoUrl).toBe(logoUrl)
  })

  test('a room whose logo is refused is not made', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const foreign = await picture(bob, 'logo')
    expect((await ann.call('POST', '/rooms', { name: 'No', logoUploadId: foreign })).body.code).toBe('upload.not_found')
    expect((await ann.call('GET', '/rooms/mine')).body.data).toEqual([])
  })
})
