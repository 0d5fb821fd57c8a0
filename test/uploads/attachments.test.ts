import { env, exports } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { confirmAttachments } from '../../src/channels/live/attachments-jobs'
import { emptyFileTrash } from '../../src/uploads/jobs'
import { Link } from '../live/links'
import { runAlarm } from '../support/alarms'
import { makeTestCtx } from '../support/ctx'
import { type Person, signUp } from '../support/people'
import { bytesOf, fetchFile, linkTo, pdf, upload } from './support'

async function roomOf(owner: Person, ...members: Person[]): Promise<string> {
  const { body } = await owner.call('POST', '/rooms', { name: 'Files' })
  for (const member of members) await member.call('POST', `/rooms/${body.id}/join`)
  return body.id
}

async function connect(person: Person, channelId: string): Promise<Link> {
  const { body } = await person.call('POST', '/ws/tickets', { channelId })
  const response = await exports.default.fetch(`https://studyhall.test/ws/channels/${channelId}`, {
    headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `studyhall.v1, ticket.${body.ticket}` },
  })
  const link = new Link(response.webSocket as WebSocket, null)
  await link.until(({ type }) => type === 'ready')
  return link
}

let nonces = 0
const post = (person: Person, channelId: string, message: object) => {
  nonces += 1
  return person.call('POST', `/channels/${channelId}/messages`, { nonce: `n${nonces}`, text: '', ...message })
}

const gif = bytesOf('GIF89a', [3, 0, 2, 0, 0, 0, 0, 0x3b])
const sendGif = async (person: Person, alt?: string): Promise<string> =>
  (await upload(person, gif, { filename: 'a.gif', contentType: 'image/gif', alt })).body.id
const sendPdf = async (person: Person): Promise<string> => (await upload(person)).body.id
const read = async (person: Person, id: string) => (await person.call('GET', `/uploads/${id}/content`)).status

describe('files in messages', () => {
  test('by HTTP: members read them through the message, strangers do not', async () => {
    const [owner, mira, stranger] = [await signUp(), await signUp(), await signUp()]
    const id = await roomOf(owner, mira)
    const file = await sendGif(owner, 'a graph of x²')
    expect(await read(mira, file)).toBe(404)
    const sent = await post(owner, id, { attachments: [file] })
    expect(sent).toMatchObject({
      status: 201,
      body: {
        type: 'image',
        text: '',
        attachments: [{ id: file, alt: 'a graph of x²', width: 3, height: 2, size: gif.length }],
      },
    })
    const [seen] = (await mira.call('GET', `/channels/${id}/messages`)).body.data
    expect(seen.attachments[0].url).toBe(`/api/v1/uploads/${file}/content`)
    expect([await read(mira, file), await read(stranger, file)]).toEqual([302, 404])
    const bytes = new Uint8Array(await (await fetchFile(await linkTo(mira, file))).arrayBuffer())
    expect(bytes).toEqual(gif)
  })

  test('L19 by socket: everybody hears of them, ten at most, each once', async () => {
    const [owner, mira] = [await signUp(), await signUp()]
    const id = await roomOf(owner, mira)
    const [hers, his] = [await connect(owner, id), await connect(mira, id)]
    const files = await Promise.all(Array.from({ length: 10 }, () => sendPdf(owner)))
    hers.send({ type: 'message.send', nonce: 'ten', text: 'scripts', attachments: files })
    const ack = await hers.until(({ type, nonce }) => type === 'ack' && nonce === 'ten')
    const created = await his.until(({ type, message }) => type === 'message.created' && message.id === ack.id)
    expect(created.message.attachments.map((one: { id: string }) => one.id)).toEqual(files)
    expect(created.message.type).toBe('text')
    hers.send({ type: 'message.send', nonce: 'ten', text: 'scripts', attachments: files })
    await hers.waitFor(() => (hers.events.filter(({ nonce }) => nonce === 'ten').length === 2 ? true : undefined))
    expect(hers.types().filter((type) => type === 'message.created')).toHaveLength(1)

    hers.send({ type: 'message.send', nonce: 'again', text: '', attachments: files.slice(0, 1) })
    const refused = await hers.until(({ type, nonce }) => type === 'error' && nonce === 'again')
    expect(refused.code).toBe('attachment.not_usable')
    hers.send({ type: 'message.send', nonce: 'eleven', text: '', attachments: [...files, await sendPdf(owner)] })
    const invalid = await hers.until(({ type, nonce }) => type === 'error' && nonce === 'eleven')
    expect(invalid.code).toBe('frame.invalid')
  })

  test('only what is one’s own, clean, meant for it, and in no other channel may be attached', async () => {
    const [owner, mira] = [await signUp(), await signUp()]
    const [id, other] = [await roomOf(owner, mira), await roomOf(owner)]
    const foreign = await sendPdf(mira)
    const material = (await upload(owner, pdf(), { purpose: 'material' })).body.id
    const open = (
      await owner.call('POST', '/uploads', {
        filename: 'a.pdf',
        contentType: 'application/pdf',
        size: 9,
        purpose: 'attachment',
      })
    ).body.id
    const elsewhere = await sendPdf(owner)
    expect((await post(owner, other, { attachments: [elsewhere] })).status).toBe(201)
    const fine = await sendPdf(owner)
    for (const bad of [foreign, material, open, elsewhere, 'upl_01h455vb4pex5vsknk084sn02q'])
      expect((await post(owner, id, { attachments: [fine, bad] })).body.code).toBe('attachment.not_usable')
    // Bound to this channel by somebody else, whose message has not come or was refused.
    await env.DB.prepare("UPDATE uploads SET used_kind = 'message', used_id = ? WHERE id = ?").bind(id, foreign).run()
    expect((await post(owner, id, { attachments: [foreign] })).body.code).toBe('attachment.not_usable')
    // None of the refusals has used up the good one.
    expect((await post(owner, id, { attachments: [fine] })).status).toBe(201)
    expect((await post(owner, id, { attachments: [fine], type: 'image' })).status).toBe(409)
    expect((await post(owner, id, { attachments: [await sendPdf(owner)], type: 'image' })).body.code).toBe(
      'attachment.not_a_picture',
    )
    expect((await post(owner, id, { text: '' })).body.code).toBe('request.invalid')
    expect((await post(owner, id, { attachments: [] })).body.code).toBe('request.invalid')
  })

  test('eight messages at once that want the same file: one gets it, also when the rooms differ', async () => {
    const owner = await signUp()
    const rooms = [await roomOf(owner), await roomOf(owner)]
    const file = await sendPdf(owner)
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, n) => post(owner, rooms[n % 2] as string, { text: `${n}`, attachments: [file] })),
    )
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
  })

  test('deleting the message ends access at once, and takes the bytes', async () => {
    const [owner, mira] = [await signUp(), await signUp()]
    const id = await roomOf(owner, mira)
    const file = await sendPdf(owner)
    const { body } = await post(owner, id, { attachments: [file] })
    const key = await env.DB.prepare('SELECT file_key FROM uploads WHERE id = ?').bind(file).first<string>('file_key')
    expect(await read(mira, file)).toBe(302)
    await owner.call('DELETE', `/channels/${id}/messages/${body.id}`)
    expect(await read(mira, file)).toBe(404)
    await runAlarm(env.STUDY_ROOM.getByName(id))
    expect(await read(owner, file)).toBe(404)
    await emptyFileTrash(await makeTestCtx())
    expect(await env.FILES.head(key as string)).toBeNull()
    const used = await env.DB.prepare('SELECT bytes FROM storage_use WHERE user_id = ?').bind(owner.id).first('bytes')
    expect(used).toBe(0)
  })

  test('leaving the room, being removed, or the end of the room ends access to the others’ files', async () => {
    const [owner, leaver, kicked, stays] = [await signUp(), await signUp(), await signUp(), await signUp()]
    const id = await roomOf(owner, leaver, kicked, stays)
    const file = await sendPdf(owner)
    await post(owner, id, { attachments: [file] })
    await leaver.call('POST', `/rooms/${id}/leave`)
    await owner.call('DELETE', `/rooms/${id}/members/${kicked.id}`)
    expect([await read(leaver, file), await read(kicked, file), await read(stays, file)]).toEqual([404, 404, 302])
    await owner.call('DELETE', `/rooms/${id}`)
    expect(await read(stays, file)).toBe(404)
  })

  test('in groups and conversations it is as in rooms: whoever is there reads them, and nobody else', async () => {
    const verified = { emailVerifiedAt: Date.now() }
    const [ann, bob, stranger] = [await signUp(verified), await signUp(verified), await signUp()]
    const subjectId = (await ann.call('GET', '/subjects?limit=1')).body.data[0].id
    const group = (await ann.call('POST', '/groups', { title: 'Graphs', subjectId })).body.id
    await bob.call('POST', `/groups/${group}/join`)
    const conversation = (await ann.call('POST', '/conversations', { userId: bob.id })).body.id
    const files: Record<string, string> = {}
    for (const id of [group, conversation]) {
      const file = await sendGif(ann, 'a graph')
      files[id] = file
      expect((await post(ann, id, { attachments: [file] })).body).toMatchObject({
        type: 'image',
        attachments: [{ id: file, alt: 'a graph' }],
      })
      expect([await read(bob, file), await read(stranger, file)], id).toEqual([302, 404])
    }
    await bob.call('POST', `/groups/${group}/leave`)
    expect(await read(bob, files[group] as string)).toBe(404)
    const [sent] = (await bob.call('GET', `/channels/${conversation}/messages`)).body.data
    await ann.call('DELETE', `/channels/${conversation}/messages/${sent.id}`)
    expect(await read(bob, files[conversation] as string)).toBe(404)
  })

  test('a file whose message was refused may be tried again, and is swept when nobody does', async () => {
    const [owner, mira] = [await signUp(), await signUp()]
    const id = await roomOf(owner, mira)
    await owner.call('PATCH', `/rooms/${id}`, { settings: { slowModeSeconds: 3600 } })
    const [first, second, third] = [await sendPdf(mira), await sendPdf(mira), await sendPdf(mira)]
    expect((await post(mira, id, { attachments: [first] })).status).toBe(201)
    expect((await post(mira, id, { attachments: [second] })).body.code).toBe('room.slow_mode')
    expect((await post(mira, id, { attachments: [third] })).body.code).toBe('room.slow_mode')
    await owner.call('PATCH', `/rooms/${id}`, { settings: { slowModeSeconds: 0 } })
    expect((await post(mira, id, { attachments: [second] })).status).toBe(201)
    const ctx = await makeTestCtx()
    await confirmAttachments({ ...ctx, now: () => Date.now() + 25 * 60 * 60_000 })
    const left = await env.DB.prepare('SELECT id FROM uploads WHERE user_id = ? ORDER BY id').bind(mira.id).all()
    expect(left.results).toEqual([{ id: first }, { id: second }])
  })

  test('search finds messages that have files or pictures', async () => {
    const owner = await signUp()
    const id = await roomOf(owner)
    const picture = await post(owner, id, { attachments: [await sendGif(owner)] })
    const document = await post(owner, id, { text: 'the script', attachments: [await sendPdf(owner)] })
    const found = async (query: string) =>
      (await owner.call('GET', `/channels/${id}/search?${query}`)).body.data.map((one: { id: string }) => one.id)
    expect(await found('has=file')).toEqual([document.body.id, picture.body.id])
    expect(await found('has=image')).toEqual([picture.body.id])
    expect(await found('has=file&q=script')).toEqual([document.body.id])
  })
})
