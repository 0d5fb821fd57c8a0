import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { sweepMaterialDownloads } from '../../src/materials/jobs'
import { makeTestCtx } from '../support/ctx'
import { type Person, type Reply, signUp } from '../support/people'
import { interrupted, joinRoom, makeRoom, makeRoomWith, stored, withSettings } from '../support/rooms'
import { linkTo, pdf, upload } from '../uploads/support'

const url = 'https://example.org/slides'
const add = (by: Person, fields: object = {}) => by.call('POST', '/materials', { name: 'Slides', url, ...fields })
const addFile = async (by: Person, fields: object = {}) => {
  const { body } = await upload(by, pdf(), { purpose: 'material' })
  return by.call('POST', '/materials', { name: 'Script', uploadId: body.id, ...fields })
}
const codes = (replies: Reply[]) => replies.map(({ status, body }) => (status < 400 ? status : body.code))
const names = (reply: Reply): string[] => reply.body.data.map(({ name }: { name: string }) => name)
const verified = () => signUp({ emailVerifiedAt: Date.now() })

/** Two people who may write to each other, because they are in one room. */
async function acquainted() {
  const [ada, ben] = [await verified(), await verified()]
  await joinRoom(ben, await makeRoom(ada))
  return [ada, ben] as const
}

describe('adding', () => {
  test('a link is a material, of the kind that its host tells', async () => {
    const ada = await signUp()
    const made = await add(ada, { description: 'Week 3' })
    expect(made.status).toBe(201)
    expect([made.headers.get('Location'), made.headers.get('ETag')]).toEqual([
      `/api/v1/materials/${made.body.id}`,
      '"1"',
    ])
    expect(made.body).toMatchObject({
      ...{ name: 'Slides', description: 'Week 3', fileType: 'link', url, file: null, permission: 'owner', version: 1 },
      owner: { id: ada.id, name: ada.name },
    })
    expect((await add(ada, { url: 'https://www.figma.com/file/x' })).body.fileType).toBe('figma')
  })

  test('a file is one, once it is sent for that, and only once', async () => {
    const [ada, eve] = [await signUp(), await signUp()]
    const { body: sent } = await upload(ada, pdf(), { purpose: 'material' })
    const fields = { name: 'Script', uploadId: sent.id }
    expect(codes([await eve.call('POST', '/materials', fields)])).toEqual(['upload.not_found'])
    const replies = await Promise.all([1, 2, 3].map(() => ada.call('POST', '/materials', fields)))
    expect(codes(replies).sort()).toEqual([201, 'upload.in_use', 'upload.in_use'])
    expect(replies.find(({ status }) => status === 201)?.body).toMatchObject({
      ...{
        fileType: 'pdf',
        url: null,
        file: { uploadId: sent.id, filename: 'notes.pdf', contentType: 'application/pdf' },
      },
    })
    const { body: other } = await upload(ada, pdf(), { purpose: 'attachment' })
    expect(codes([await ada.call('POST', '/materials', { name: 'x', uploadId: other.id })])).toEqual([
      'upload.wrong_purpose',
    ])
    expect(await stored('materials WHERE owner_id = ?', ada.id)).toBe(1)
  })

  test('what cannot be added is refused, and leaves nothing', async () => {
    const [ada, other] = [await signUp(), await signUp()]
    const [closed, open] = [await makeRoom(other, { visibility: 'private' }), await makeRoom(other)]
    const { body: sent } = await upload(ada, pdf(), { purpose: 'material' })
    const replies = await Promise.all(
      [
        { url: 'javascript:alert(1)' },
        { url: 'https://user:secret@example.org' },
        { url: undefined },
        { uploadId: sent.id },
        { name: '' },
        { fileType: 'pdf' },
        { subjectId: 'sub_01h455vb4pex5vsknk084sn02q' },
        { roomId: closed },
        { roomId: open },
        { url: undefined, uploadId: sent.id, roomId: open },
      ].map((fields) => add(ada, fields)),
    )
    expect(codes(replies)).toEqual([
      ...Array(6).fill('request.invalid'),
      ...['subject.not_found', 'room.not_found', 'channel.membership_required', 'channel.membership_required'],
    ])
    expect(await stored('materials WHERE owner_id = ?', ada.id)).toBe(0)
    expect(await stored('material_shares WHERE user_id = ?', ada.id)).toBe(0)
    expect(await stored('uploads WHERE id = ? AND used_kind IS NULL', sent.id)).toBe(1)
  })

  test('materials added at once never pass what one person may have', async () => {
    const ada = await signUp()
    const call = withSettings({ MATERIALS_PER_USER: '3' })
    const replies = await Promise.all(
      Array.from({ length: 7 }, () => call(ada, 'POST', '/materials', { name: 'x', url })),
    )
    expect(codes(replies).filter((code) => code === 201)).toHaveLength(3)
    expect(codes(replies).filter((code) => code === 'material.too_many')).toHaveLength(4)
    const { body: sent } = await upload(ada, pdf(), { purpose: 'material' })
    expect(codes([await call(ada, 'POST', '/materials', { name: 'x', uploadId: sent.id })])).toEqual([
      'material.too_many',
    ])
  })
})

describe('in a room', () => {
  let owner: Person
  let author: Person
  let member: Person
  let stranger: Person
  let room: string

  beforeAll(async () => {
    const made = await makeRoomWith(2)
    owner = made.owner
    ;[author, member] = made.members as [Person, Person]
    stranger = await signUp()
    room = made.room
  })

  test('its members see a material, its owner edits it, and moderators take it out', async () => {
    const { body } = await add(author, { roomId: room })
    const path = `/materials/${body.id}`
    expect((await member.call('GET', path)).body).toMatchObject({ permission: 'view', roomId: room })
    expect(names(await member.call('GET', `/rooms/${room}/materials`))).toEqual(['Slides'])
    const refused = [
      await member.call('PATCH', path, { name: 'x' }),
      await owner.call('DELETE', path),
      await member.call('DELETE', `/rooms/${room}/materials/${body.id}`),
      await stranger.call('GET', path),
      await stranger.call('GET', `${path}/download`),
      await stranger.call('GET', `/rooms/${room}/materials`),
    ]
    expect(codes(refused)).toEqual([
      ...Array(3).fill('material.not_allowed'),
      ...Array(2).fill('material.not_found'),
      'channel.membership_required',
    ])
    expect((await owner.call('DELETE', `/rooms/${room}/materials/${body.id}`)).status).toBe(204)
    expect((await author.call('GET', path)).body).toMatchObject({ roomId: null, version: 2 })
    expect(codes([await member.call('GET', path)])).toEqual(['material.not_found'])
    const audit = await env.DB.prepare(
      `SELECT actor_id, subject_id FROM audit_log WHERE event = 'material.taken_out'`,
    ).all()
    expect(audit.results).toEqual([{ actor_id: owner.id, subject_id: author.id }])
  })

  test('who leaves reads neither the material nor its file, and whoever shares it keeps it', async () => {
    const guest = await signUp()
    await joinRoom(guest, room)
    const { body } = await addFile(author, { roomId: room })
    const reads = async (person: Person) =>
      codes([
        await person.call('GET', `/materials/${body.id}`),
        await person.call('GET', `/materials/${body.id}/download`),
        await person.call('GET', `/uploads/${body.file.uploadId}/content`),
      ])
    expect(await reads(guest)).toEqual([200, 302, 302])
    expect(await linkTo(guest, body.file.uploadId)).toContain('/api/v1/files/')
    // A share inside of the room ends with the membership, too.
    expect((await author.call('PUT', `/materials/${body.id}/shares/${guest.id}`, { permission: 'edit' })).status).toBe(
      200,
    )
    await guest.call('POST', `/rooms/${room}/leave`)
    expect(await reads(guest)).toEqual(['material.not_found', 'material.not_found', 'upload.not_found'])
    expect(names(await guest.call('GET', '/materials'))).toEqual([])
    expect(codes([await guest.call('PATCH', `/materials/${body.id}`, { name: 'x' })])).toEqual(['material.not_found'])
    await author.call('POST', `/rooms/${room}/leave`)
    expect(await reads(author)).toEqual([200, 302, 302])
    expect((await author.call('PATCH', `/materials/${body.id}`, { roomId: null })).status).toBe(200)
    await joinRoom(author, room)
  })

  test('lists of a room are by subject, page after page', async () => {
    const place = await makeRoom(owner)
    const subjectId = (await owner.call('GET', '/subjects?limit=1')).body.data[0].id
    for (const [name, fields] of [
      ['a', { subjectId }],
      ['b', {}],
      ['c', { subjectId }],
      ['d', { subjectId }],
    ] as const)
      await add(owner, { name, roomId: place, ...fields })
    for (const path of [`/rooms/${place}/materials`, '/materials']) {
      const first = await owner.call('GET', `${path}?subjectId=${subjectId}&limit=2`)
      const second = await owner.call(
        'GET',
        `${path}?subjectId=${subjectId}&limit=2&cursor=${encodeURIComponent(first.body.nextCursor)}`,
      )
      expect([...names(first), ...names(second)], path).toEqual(['d', 'c', 'a'])
      expect(names(await owner.call('GET', path))).toEqual(['d', 'c', 'b', 'a'])
    }
    const { body } = await owner.call('GET', `/rooms/${place}/materials`)
    await owner.call('PATCH', `/materials/${body.data[0].id}`, { subjectId: null })
    expect(names(await owner.call('GET', `/materials?subjectId=${subjectId}`))).toEqual(['c', 'a'])
  })
})

describe('shares', () => {
  const share = (by: Person, id: string, whom: Person, permission = 'view') =>
    by.call('PUT', `/materials/${id}/shares/${whom.id}`, { permission })

  test('a share lets see, or edit, until it is taken back by either', async () => {
    const [ada, ben] = await acquainted()
    const { body } = await addFile(ada)
    const path = `/materials/${body.id}`
    expect(codes([await ben.call('GET', path)])).toEqual(['material.not_found'])
    expect((await share(ada, body.id, ben)).body).toMatchObject({
      user: { id: ben.id, name: ben.name },
      permission: 'view',
    })
    expect((await ben.call('GET', '/materials')).body.data).toMatchObject([{ id: body.id, permission: 'view' }])
    expect(
      codes([
        await ben.call('PATCH', path, { name: 'x' }),
        await ben.call('GET', `/uploads/${body.file.uploadId}/content`),
      ]),
    ).toEqual(['material.not_allowed', 302])
    await share(ada, body.id, ben, 'edit')
    expect((await ben.call('PATCH', path, { name: 'Better' })).body).toMatchObject({
      name: 'Better',
      permission: 'edit',
    })
    const refused = [
      await ben.call('DELETE', path),
      await ben.call('GET', `${path}/shares`),
      await share(ben, body.id, ada),
      await ben.call('PATCH', path, { roomId: null }),
    ]
    expect(codes(refused)).toEqual(Array(4).fill('material.not_allowed'))
    expect((await ada.call('GET', `${path}/shares`)).body.data).toMatchObject([
      { user: { id: ben.id }, permission: 'edit' },
    ])
    expect((await ben.call('DELETE', `${path}/shares/${ben.id}`)).status).toBe(204)
    expect(
      codes([await ben.call('GET', path), await ben.call('GET', `/uploads/${body.file.uploadId}/content`)]),
    ).toEqual(['material.not_found', 'upload.not_found'])
    await share(ada, body.id, ben)
    expect(
      [await ada.call('DELETE', `${path}/shares/${ben.id}`), await ada.call('DELETE', `${path}/shares/${ben.id}`)].map(
        ({ status }) => status,
      ),
    ).toEqual([204, 204])
    expect(codes([await ben.call('GET', path)])).toEqual(['material.not_found'])
  })

  test('who may not be written to, blocks, or is not there is sent nothing', async () => {
    const [ada, ben, shy, stranger] = [...(await acquainted()), await verified(), await verified()]
    const { body } = await add(ada)
    await shy.call('PATCH', '/users/me/settings', { privacy: { mayMessage: 'nobody' } })
    const unverified = await signUp()
    const { body: theirs } = await add(unverified)
    const replies = [
      await share(ada, body.id, ada),
      await share(ada, body.id, stranger),
      await share(ada, body.id, shy),
      await share(ada, body.id, { id: 'usr_01h455vb4pex5vsknk084sn02q' } as Person),
      await share(unverified, theirs.id, ada),
    ]
    expect(codes(replies)).toEqual([
      'material.self',
      ...Array(2).fill('material.not_welcome'),
      ...['user.not_found', 'auth.email_verification_required'],
    ])
    await share(ada, body.id, ben)
    await ben.call('PUT', `/blocks/${ada.id}`)
    expect(codes([await share(ada, body.id, ben), await ben.call('GET', `/materials/${body.id}`)])).toEqual([
      'user.not_found',
      'material.not_found',
    ])
    expect(names(await ben.call('GET', '/materials'))).toEqual([])
    await ben.call('DELETE', `/blocks/${ada.id}`)
    await ada.call('PUT', `/blocks/${ben.id}`)
    expect(codes([await share(ada, body.id, ben), await ben.call('GET', `/materials/${body.id}`)])).toEqual([
      'block.by_you',
      'material.not_found',
    ])
    expect(await stored(`material_shares WHERE material_id = ? AND permission <> 'owner'`, body.id)).toBe(1)
  })

  test('a share that was decided before a block is not made after it', async () => {
    const [ada, ben] = await acquainted()
    const { body } = await add(ada)
    const call = interrupted(/^\s*INSERT INTO material_shares/, () => ben.call('PUT', `/blocks/${ada.id}`))
    const reply = await call(ada, 'PUT', `/materials/${body.id}/shares/${ben.id}`, { permission: 'view' })
    expect(codes([reply])).toEqual(['user.not_found'])
    expect(await stored('material_shares WHERE user_id = ?', ben.id)).toBe(0)
  })

  test('a share and a block at once never leave the one who blocks with it', async () => {
    for (let at = 0; at < 4; at += 1) {
      const [ada, ben] = await acquainted()
      const { body } = await add(ada)
      const both = [() => share(ada, body.id, ben), () => ben.call('PUT', `/blocks/${ada.id}`)]
      await Promise.all((at % 2 === 0 ? both : both.toReversed()).map((one) => one()))
      expect(codes([await ben.call('GET', `/materials/${body.id}`)])).toEqual(['material.not_found'])
    }
  })

  test('in a room only its members are shared with', async () => {
    const { owner, members, room } = await makeRoomWith(1)
    const { body } = await add(owner, { roomId: room })
    const stranger = await verified()
    expect(
      codes([await share(owner, body.id, stranger), await share(owner, body.id, members[0] as Person, 'edit')]),
    ).toEqual([...['material.not_member', 200]])
    expect((await (members[0] as Person).call('GET', `/rooms/${room}/materials`)).body.data[0].permission).toBe('edit')
  })

  test('shares made at once never pass their number', async () => {
    const { owner, members, room } = await makeRoomWith(5)
    const { body } = await add(owner, { roomId: room })
    const call = withSettings({ MATERIAL_SHARES: '3' })
    const replies = await Promise.all(
      members.map(({ id }) => call(owner, 'PUT', `/materials/${body.id}/shares/${id}`, { permission: 'view' })),
    )
    expect(codes(replies).filter((code) => code === 200)).toHaveLength(3)
    expect(codes(replies).filter((code) => code === 'material.too_many_shares')).toHaveLength(2)
    const [known] = (await owner.call('GET', `/materials/${body.id}/shares?limit=1`)).body.data
    expect(
      (await call(owner, 'PUT', `/materials/${body.id}/shares/${known.user.id}`, { permission: 'edit' })).status,
    ).toBe(200)
  })
})

test('downloads count each person once a day, and a link leads nobody away', async () => {
  const { owner, members, room } = await makeRoomWith(2)
  const { body } = await add(owner, { roomId: room })
  const path = `/materials/${body.id}`
  const replies = await Promise.all(
    [owner, ...members, ...members].map((person) => person.call('GET', `${path}/download`)),
  )
  expect(replies.map(({ status, body: link }) => [status, link])).toEqual(
    Array(5).fill([200, { url, expiresAt: null }]),
  )
  expect(replies[0]?.headers.get('Location')).toBeNull()
  expect((await owner.call('GET', path)).body).toMatchObject({ downloadCount: 2, version: 1 })
  await env.DB.prepare('UPDATE material_downloads SET day = day - 2').run()
  await sweepMaterialDownloads(await makeTestCtx())
  expect(await stored('material_downloads WHERE material_id = ?', body.id)).toBe(0)
})

test('edits name the version they are of, and of two at once one wins', async () => {
  const ada = await signUp()
  const { body } = await add(ada)
  const path = `/materials/${body.id}`
  const replies = await Promise.all(
    ['a', 'b', 'c'].map((name) => ada.call('PATCH', path, { name }, { 'If-Match': '"1"' })),
  )
  expect(codes(replies).sort()).toEqual([200, ...Array(2).fill('material.version_conflict')])
  const lost = replies.find(({ status }) => status === 412)
  expect(lost?.body).toMatchObject({ version: 2, current: { id: body.id } })
  expect((await ada.call('PATCH', path, { url: 'https://figma.com/x' })).body).toMatchObject({
    fileType: 'figma',
    version: 3,
  })
  expect(codes([await ada.call('DELETE', path, undefined, { 'If-Match': '"1"' })])).toEqual([
    'material.version_conflict',
  ])
})

test('deleting a material deletes its file and its shares', async () => {
  const [ada, ben] = await acquainted()
  const { body } = await addFile(ada)
  await ada.call('PUT', `/materials/${body.id}/shares/${ben.id}`, { permission: 'view' })
  expect((await ada.call('DELETE', `/materials/${body.id}`)).status).toBe(204)
  expect(await stored('material_shares WHERE material_id = ?', body.id)).toBe(0)
  expect(await stored('uploads WHERE id = ?', body.file.uploadId)).toBe(0)
  expect(codes([await ada.call('GET', `/materials/${body.id}`)])).toEqual(['material.not_found'])
})
