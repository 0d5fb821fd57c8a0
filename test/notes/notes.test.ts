import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { sweepNoteReads } from '../../src/notes/jobs'
import { eraseDueAccounts } from '../../src/privacy/jobs'
import { makeTestCtx } from '../support/ctx'
import { type Person, type Reply, signUp } from '../support/people'
import { interrupted, joinRoom, makeRoom, makeRoomWith, stored, withSettings } from '../support/rooms'
import { pdf, upload } from '../uploads/support'

const note = { title: 'Eigenvalues', body: 'How to find them.' }
const write = (by: Person, fields: object = {}) => by.call('POST', '/notes', { ...note, ...fields })
const match = (version: number) => ({ 'If-Match': `"${version}"` })
const codes = (replies: Reply[]) => replies.map(({ status, body }) => (status < 400 ? status : body.code))
const titles = (reply: Reply): string[] => reply.body.data.map(({ title }: { title: string }) => title)
const absent = 'note_01h455vb4pex5vsknk084sn02q'

/** Makes ten minutes pass for what is written from now on. */
const later = (id: string, minutes = 10) =>
  env.DB.prepare('UPDATE notes SET revised_at = revised_at - ? WHERE id = ?')
    .bind(minutes * 60_000, id)
    .run()

describe('writing', () => {
  test('a note is private unless it says otherwise, and a room’s where it names one', async () => {
    const { owner, room } = await makeRoomWith(0)
    const made = await write(owner)
    expect(made.status).toBe(201)
    expect([made.headers.get('Location'), made.headers.get('ETag')]).toEqual([`/api/v1/notes/${made.body.id}`, '"1"'])
    expect(made.body).toMatchObject({
      ...{ ...note, visibility: 'private', roomId: null, subject: null, viewCount: 0, downloadCount: 0, version: 1 },
      author: { id: owner.id, name: owner.name },
    })
    expect((await write(owner, { roomId: room })).body).toMatchObject({ visibility: 'room', roomId: room })
  })

  test('what cannot be written is refused, and leaves nothing', async () => {
    const [ada, other] = [await signUp(), await signUp()]
    const [closed, open] = [await makeRoom(other, { visibility: 'private' }), await makeRoom(other)]
    const replies = await Promise.all(
      [
        { title: '' },
        { title: 'x'.repeat(201) },
        { body: 'x'.repeat(50_001) },
        { visibility: 'room' },
        { visibility: 'friends' },
        { authorId: other.id },
        { subjectId: 'sub_01h455vb4pex5vsknk084sn02q' },
        { roomId: closed },
        { roomId: 'room_01h455vb4pex5vsknk084sn02q' },
        { roomId: open, visibility: 'private' },
      ].map((fields) => write(ada, fields)),
    )
    expect(codes(replies)).toEqual([
      ...Array(6).fill('request.invalid'),
      ...['subject.not_found', 'room.not_found', 'room.not_found', 'channel.membership_required'],
    ])
    expect(await stored('notes WHERE author_id = ?', ada.id)).toBe(0)
    expect(await stored(`note_search WHERE note_search MATCH 'scope : "${ada.id.replace('_', '')}"'`)).toBe(0)
  })

  test('the longest body fits, in any script, and more bytes are too many', async () => {
    const ada = await signUp()
    expect((await write(ada, { body: '線'.repeat(50_000) })).status).toBe(201)
    expect((await write(ada, { body: '𝒳'.repeat(50_000) })).status).toBe(201)
    expect(codes([await write(ada, { body: 'x'.repeat(257 * 1024) })])).toEqual(['request.too_large'])
  })

  test('notes made at once never pass what one person may have', async () => {
    const ada = await signUp()
    const call = withSettings({ NOTES_PER_USER: '3' })
    const replies = await Promise.all(Array.from({ length: 7 }, () => call(ada, 'POST', '/notes', note)))
    expect(codes(replies).filter((code) => code === 201)).toHaveLength(3)
    expect(codes(replies).filter((code) => code === 'note.too_many')).toHaveLength(4)
    expect(await stored('notes WHERE author_id = ?', ada.id)).toBe(3)
  })
})

describe('editing', () => {
  test('an edit names the version that was read, and a conflict shows both', async () => {
    const ada = await signUp()
    const { body } = await write(ada)
    const path = `/notes/${body.id}`
    const edit = { body: 'Mine' }
    expect(
      codes([await ada.call('PATCH', path, edit), await ada.call('PATCH', path, edit, { 'If-Match': '*' })]),
    ).toEqual(Array(2).fill('note.version_required'))
    const first = await ada.call('PATCH', path, { body: 'Theirs' }, match(1))
    expect([first.status, first.body.version, first.headers.get('ETag')]).toEqual([200, 2, '"2"'])
    const second = await ada.call('PATCH', path, edit, match(1))
    expect([second.status, second.body.code]).toEqual([412, 'note.version_conflict'])
    expect(second.body).toMatchObject({ version: 2, current: { id: body.id, body: 'Theirs' }, yours: edit })
    expect((await ada.call('PATCH', path, edit, { 'If-Match': 'W/"2"' })).status).toBe(412)
    expect((await ada.call('PATCH', path, {}, match(2))).body.version).toBe(2)
    expect((await ada.call('GET', path)).body.body).toBe('Theirs')
  })

  test('of many who edit the same version at once exactly one wins, and the others are told', async () => {
    const { owner, members, room } = await makeRoomWith(5)
    for (let at = 0; at < 3; at += 1) {
      const { body } = await write(owner, { roomId: room })
      const people = [owner, ...members]
      const replies = await Promise.all(
        people.map((person) => person.call('PATCH', `/notes/${body.id}`, { body: `by ${person.name}` }, match(1))),
      )
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(replies.filter(({ status }) => status === 412)).toHaveLength(5)
      const won = replies.find(({ status }) => status === 200)?.body
      for (const { body: lost } of replies.filter(({ status }) => status === 412))
        expect(lost).toMatchObject({ version: 2, current: { body: won.body } })
      expect((await owner.call('GET', `/notes/${body.id}`)).body).toMatchObject({ version: 2, body: won.body })
      expect(await stored('note_revisions WHERE note_id = ?', body.id)).toBe(won.body === `by ${owner.name}` ? 0 : 1)
    }
  })

  test('an edit that was decided before another one was written does not take its place', async () => {
    const ada = await signUp()
    const { body } = await write(ada)
    const path = `/notes/${body.id}`
    const call = interrupted(/^\s*UPDATE notes/, () => ada.call('PATCH', path, { body: 'Theirs' }, match(1)))
    const reply = await call(ada, 'PATCH', path, { body: 'Mine' }, match(1))
    expect([reply.status, reply.body.current?.body, reply.body.yours]).toEqual([412, 'Theirs', { body: 'Mine' }])
    expect((await ada.call('GET', path)).body).toMatchObject({ body: 'Theirs', version: 2 })
  })

  test('who is put out of a room while writing writes nothing there', async () => {
    const { owner, members, room } = await makeRoomWith(1)
    const member = members[0] as Person
    const { body } = await write(owner, { roomId: room })
    const kick = () => owner.call('DELETE', `/rooms/${room}/members/${member.id}`)
    const edit = await interrupted(/^\s*UPDATE notes/, kick)(
      member,
      'PATCH',
      `/notes/${body.id}`,
      { body: 'x' },
      match(1),
    )
    expect(codes([edit])).toEqual(['note.not_found'])
    expect((await owner.call('GET', `/notes/${body.id}`)).body).toMatchObject({ body: note.body, version: 1 })
    await joinRoom(member, room)
    const fresh = await interrupted(/^\s*INSERT INTO notes/, kick)(member, 'POST', '/notes', { ...note, roomId: room })
    expect(codes([fresh])).toEqual(['channel.membership_required'])
    expect(await stored('notes WHERE room_id = ?', room)).toBe(1)
  })

  test('members write a room’s note together, and only its author says who sees it and whether it stays', async () => {
    const { owner, members, room } = await makeRoomWith(2)
    const [author, member] = members as [Person, Person]
    const { body } = await write(author, { roomId: room })
    const path = `/notes/${body.id}`
    expect((await member.call('PATCH', path, { title: 'Better' }, match(1))).body.title).toBe('Better')
    const refused = [
      await member.call('PATCH', path, { visibility: 'public' }, match(2)),
      await owner.call('PATCH', path, { roomId: null, visibility: 'private' }, match(2)),
      await owner.call('DELETE', path),
      await member.call('DELETE', `/rooms/${room}/notes/${body.id}`),
    ]
    expect(codes(refused)).toEqual(Array(4).fill('note.not_allowed'))
    // Moderators take it out of the room, which leaves it to its author.
    expect((await owner.call('DELETE', `/rooms/${room}/notes/${body.id}`)).status).toBe(204)
    expect((await author.call('GET', path)).body).toMatchObject({
      visibility: 'private',
      roomId: null,
      title: 'Better',
    })
    expect(codes([await owner.call('GET', path)])).toEqual(['note.not_found'])
    const audit = await env.DB.prepare(
      `SELECT actor_id, subject_id FROM audit_log WHERE event = 'note.taken_out'`,
    ).all()
    expect(audit.results).toEqual([{ actor_id: owner.id, subject_id: author.id }])
    expect((await author.call('DELETE', path)).status).toBe(204)
    expect(codes([await author.call('GET', path)])).toEqual(['note.not_found'])
  })

  test('an author who has left keeps the note, and writes in the room no more', async () => {
    const { owner, members, room } = await makeRoomWith(1)
    const author = members[0] as Person
    const { body } = await write(author, { roomId: room })
    const path = `/notes/${body.id}`
    await author.call('POST', `/rooms/${room}/leave`)
    expect((await author.call('GET', path)).status).toBe(200)
    expect(codes([await author.call('PATCH', path, { body: 'x' }, match(1))])).toEqual(['note.not_allowed'])
    expect(codes([await author.call('PATCH', path, { subjectId: null, visibility: 'room' }, match(1))])).toEqual([
      'note.not_allowed',
    ])
    const own = await author.call('PATCH', path, { visibility: 'private', roomId: null, body: 'mine again' }, match(1))
    expect(codes([own])).toEqual(['note.not_allowed'])
    expect((await author.call('PATCH', path, { visibility: 'private', roomId: null }, match(1))).status).toBe(200)
    expect(codes([await owner.call('GET', path)])).toEqual(['note.not_found'])
  })

  test('who is in a timeout reads on, and writes nothing there', async () => {
    const { owner, members, room } = await makeRoomWith(1)
    const member = members[0] as Person
    const { body } = await write(member, { roomId: room })
    await owner.call('PUT', `/rooms/${room}/timeouts/${member.id}`, {
      until: new Date(Date.now() + 60_000).toISOString(),
    })
    const replies = [
      await write(member, { roomId: room }),
      await member.call('PATCH', `/notes/${body.id}`, { body: 'x' }, match(1)),
    ]
    expect(codes(replies)).toEqual(Array(2).fill('channel.timed_out'))
    expect((await member.call('GET', `/notes/${body.id}`)).body.version).toBe(1)
  })

  test('an admin deletes what is public, with one audit row, and nothing else', async () => {
    const [admin, ada] = [await signUp({ role: 'admin' }), await signUp()]
    const [mine, open] = [await write(ada), await write(ada, { visibility: 'public' })]
    expect(codes([await admin.call('DELETE', `/notes/${mine.body.id}`)])).toEqual(['note.not_found'])
    expect((await admin.call('DELETE', `/notes/${open.body.id}`)).status).toBe(204)
    expect(await stored(`audit_log WHERE event = 'note.removed' AND subject_id = ?`, ada.id)).toBe(1)
    expect(codes([await ada.call('DELETE', `/notes/${mine.body.id}`, undefined, match(2))])).toEqual([
      'note.version_conflict',
    ])
  })
})

describe('who sees what', () => {
  let author: Person
  let member: Person
  let stranger: Person
  let blocked: Person
  let room: string
  const made: Record<string, string> = {}

  beforeAll(async () => {
    const { owner, members, room: id } = await makeRoomWith(1)
    author = owner
    member = members[0] as Person
    room = id
    stranger = await signUp()
    blocked = await signUp()
    await author.call('PUT', `/blocks/${blocked.id}`)
    for (const [name, fields] of [
      ['private', {}],
      ['draft', { roomId: room, visibility: 'private' }],
      ['room', { roomId: room }],
      ['open', { visibility: 'public' }],
      ['both', { roomId: room, visibility: 'public' }],
    ] as const)
      made[name] = (await write(author, { ...fields, title: `wombat ${name}`, body: 'A marsupial.' })).body.id
  })

  const all = ['both', 'open', 'room', 'draft', 'private']

  test.each([
    ['the author', () => author, all, ['both', 'open'], ['both', 'room'], all],
    ['a member', () => member, ['both', 'open', 'room'], ['both', 'open'], ['both', 'room'], []],
    ['a stranger', () => stranger, ['both', 'open'], ['both', 'open'], 403, []],
    ['somebody blocked', () => blocked, [], [], 403, []],
  ] as const)(
    '%s reads, lists and finds what is shared with them',
    async (_who, whom, reads, library, inRoom, mine) => {
      const person = whom()
      const readable = []
      for (const name of all) if ((await person.call('GET', `/notes/${made[name]}`)).status === 200) readable.push(name)
      expect(readable).toEqual(reads)
      const names = (reply: Reply) =>
        reply.status === 200
          ? titles(reply)
              .filter((title) => title.startsWith('wombat'))
              .map((title) => title.slice(7))
          : reply.status
      for (const query of ['', 'query=wombat', 'query=marsup']) {
        expect(names(await person.call('GET', `/notes?${query}`)), query).toEqual(library)
        expect(names(await person.call('GET', `/rooms/${room}/notes?${query}`)), query).toEqual(inRoom)
        expect(names(await person.call('GET', `/notes?roomId=${room}&${query}`)), query).toEqual(inRoom)
        expect(names(await person.call('GET', `/notes?mine=true&${query}`)), query).toEqual(mine)
      }
      const mineInRoom = ['both', 'room'].filter((name) => (mine as readonly string[]).includes(name))
      expect(names(await person.call('GET', `/notes?mine=true&roomId=${room}`))).toEqual(
        inRoom === 403 ? 403 : mineInRoom,
      )
    },
  )

  test('what may not be seen looks like what is not there', async () => {
    const [hidden, nothing] = [
      await stranger.call('GET', `/notes/${made.private}`),
      await stranger.call('GET', `/notes/${absent}`),
    ]
    const bare = ({ body: { requestId, ...rest } }: Reply) => rest
    expect(bare(hidden)).toEqual(bare(nothing))
    const path = `/notes/${made.private}`
    const replies = [
      await stranger.call('PATCH', path, { body: 'x' }, match(1)),
      await stranger.call('PATCH', path, { body: 'x' }),
      await stranger.call('DELETE', path),
      await stranger.call('GET', `${path}/download`),
      await stranger.call('GET', `${path}/revisions`),
      await stranger.call('GET', `${path}/revisions/1`),
      await stranger.call('POST', `${path}/revisions/1/restore`),
    ]
    expect(codes(replies)).toEqual(Array(7).fill('note.not_found'))
    expect(await stored('note_reads WHERE note_id = ?', made.private)).toBe(0)
  })

  test('the words that scope a search find nothing when somebody types them', async () => {
    for (const query of [
      'public',
      author.id.replace('_', ''),
      author.id,
      `room${room.slice(5)}`,
      'terms : "wombat"',
      'scope:public',
      '"',
      '* OR *',
    ]) {
      const reply = await stranger.call('GET', `/notes?query=${encodeURIComponent(query)}`)
      expect(reply.status, query).toBe(200)
      expect(
        titles(reply).filter((title) => title.startsWith('wombat')),
        query,
      ).toEqual([])
    }
    expect(titles(await stranger.call('GET', `/notes?query=${author.id.replace('_', '')}`))).toEqual([])
  })

  test('where a public note stands is told to those who may see the room', async () => {
    const rooms = await Promise.all(
      [author, member, stranger].map(async (person) => (await person.call('GET', `/notes/${made.both}`)).body.roomId),
    )
    expect(rooms).toEqual([room, room, null])
    const { body } = await stranger.call('GET', '/notes?query=wombat')
    expect(body.data.map(({ roomId }: { roomId: null }) => roomId)).toEqual([null, null])
  })

  test('a note that is shared no more is found no more, and who leaves finds nothing of the room', async () => {
    const guest = await signUp()
    await joinRoom(guest, room)
    const { body } = await write(author, { title: 'quokka', roomId: room })
    const finds = async (path: string): Promise<string[]> => {
      const reply = await guest.call('GET', path)
      return reply.body.data
        .filter(({ id }: { id: string }) => id === body.id)
        .map(({ title }: { title: string }) => title)
    }
    expect(await finds(`/rooms/${room}/notes?query=quok`)).toEqual(['quokka'])
    await author.call('PATCH', `/notes/${body.id}`, { visibility: 'public' }, match(1))
    expect(await finds('/notes?query=quok')).toEqual(['quokka'])
    await author.call('PATCH', `/notes/${body.id}`, { visibility: 'private' }, match(2))
    expect([await finds('/notes?query=quok'), await finds(`/rooms/${room}/notes?query=quok`)]).toEqual([[], []])
    await author.call('PATCH', `/notes/${body.id}`, { title: 'numbat', visibility: 'room' }, match(3))
    expect(await finds(`/rooms/${room}/notes?query=quok`)).toEqual([])
    expect(await finds(`/rooms/${room}/notes?query=numb`)).toEqual(['numbat'])
    await guest.call('POST', `/rooms/${room}/leave`)
    expect(
      codes([
        await guest.call('GET', `/rooms/${room}/notes?query=numbat`),
        await guest.call('GET', `/notes/${body.id}`),
      ]),
    ).toEqual(['channel.membership_required', 'note.not_found'])
  })

  test('a hit shows where it was found', async () => {
    const filler = 'Once upon a time. '.repeat(300)
    await write(author, {
      title: 'Bilbies 上',
      visibility: 'public',
      body: `${filler}\n\n## Ears\nBilbies have *long* ears. ${filler}`,
    })
    const { body } = await stranger.call('GET', '/notes?query=bilb')
    const [hit] = body.data
    expect(hit.found.title).toEqual([
      { text: 'Bilbies', match: true },
      { text: ' 上', match: false },
    ])
    const text = hit.found.text
      .map((piece: { text: string; match: boolean }) => (piece.match ? `[${piece.text}]` : piece.text))
      .join('')
    expect(text).toMatch(/^… .*## Ears \[Bilbies\] have \*long\* ears\. Once .* …$/)
    expect(hit.body).toBeUndefined()
  })
})

describe('the library', () => {
  test('is listed by subject, by the newest or the most read, page after page', async () => {
    const [ada, ...readers] = await Promise.all(Array.from({ length: 4 }, () => signUp()))
    const { body: subjects } = await (ada as Person).call('GET', '/subjects?limit=1&query=topology')
    const subjectId = subjects.data[0].id
    const ids: string[] = []
    for (const title of ['one', 'two', 'three', 'four'])
      ids.push((await write(ada as Person, { title, visibility: 'public', subjectId })).body.id)
    await Promise.all([
      ...readers.map((reader) => reader.call('GET', `/notes/${ids[1]}`)),
      ...readers.slice(1).map((reader) => reader.call('GET', `/notes/${ids[0]}`)),
    ])
    for (const [sort, expected] of [
      ['newest', ['four', 'three', 'two', 'one']],
      ['most-read', ['two', 'one', 'four', 'three']],
    ] as const) {
      const seen: string[] = []
      let cursor = ''
      do {
        const page = await (readers[0] as Person).call(
          'GET',
          `/notes?subjectId=${subjectId}&sort=${sort}&limit=1${cursor}`,
        )
        seen.push(...titles(page))
        cursor = page.body.nextCursor ? `&cursor=${encodeURIComponent(page.body.nextCursor)}` : ''
      } while (cursor)
      expect(seen).toEqual(expected)
    }
    const mine = await (ada as Person).call('GET', `/notes?mine=true&subjectId=${subjectId}`)
    expect(titles(mine)).toEqual(['four', 'three', 'two', 'one'])
    expect(titles(await (ada as Person).call('GET', '/notes?mine=true&sort=most-read'))[0]).toBe('two')
    const odd = await (ada as Person).call('GET', `/notes?mine=true&subjectId=${subjectId}&sort=most-read`)
    expect(odd.body.code).toBe('request.invalid')
    const found = await (ada as Person).call('GET', '/notes?query=one&sort=most-read')
    expect([found.status, found.body.errors[0].field]).toEqual([422, 'query.sort'])
  })

  test('each reader counts once a day, the author never, and downloads apart', async () => {
    const [ada, ben, cleo] = await Promise.all([signUp(), signUp(), signUp()])
    const { body } = await write(ada as Person, { visibility: 'public' })
    const path = `/notes/${body.id}`
    await Promise.all([
      ...[ada, ben, ben, cleo].map((person) => person.call('GET', path)),
      ...[ada, ben, ben].map((person) => person.call('GET', `${path}/download`)),
    ])
    expect((await ada.call('GET', path)).body).toMatchObject({ viewCount: 2, downloadCount: 1, version: 1 })
    await env.DB.prepare('UPDATE note_reads SET day = day - 1 WHERE note_id = ?').bind(body.id).run()
    expect((await ben.call('GET', path)).body.viewCount).toBe(3)
  })

  test('a note is downloaded as markdown under its title, in any script', async () => {
    const ada = await signUp()
    const { body } = await write(ada, { title: '線形 "代数"', body: '固有値' })
    const reply = await ada.call('GET', `/notes/${body.id}/download`)
    expect([reply.status, reply.headers.get('Content-Type')]).toEqual([200, 'text/markdown; charset=utf-8'])
    expect(reply.headers.get('Content-Disposition')).toBe(
      `attachment; filename="__ __.md"; filename*=UTF-8''${encodeURIComponent('線形 代数.md')}`,
    )
  })
})

describe('attached files', () => {
  const send = async (by: Person, filename = 'notes.pdf') =>
    (await upload(by, pdf(), { purpose: 'note', filename })).body.id as string
  const filesOf = (reply: Reply) => reply.body.attachments.map(({ id }: { id: string }) => id)

  test('files come with a note, and only who may see the note reads them', async () => {
    const { owner, members, room } = await makeRoomWith(1)
    const [member, stranger] = [members[0] as Person, await signUp()]
    const [one, two] = [await send(owner, 'one.pdf'), await send(owner, 'two.pdf')]
    const made = await write(owner, { roomId: room, attachments: [one, two] })
    expect(made.body.attachments).toMatchObject([
      { id: one, filename: 'one.pdf', contentType: 'application/pdf', url: `/api/v1/uploads/${one}/content` },
      { id: two, filename: 'two.pdf' },
    ])
    const path = `/notes/${made.body.id}`
    const reads = async (person: Person) =>
      codes([
        await person.call('GET', `/uploads/${one}/content`),
        await person.call('GET', `${path}/download?file=${one}`),
      ])
    expect([await reads(member), await reads(stranger)]).toEqual([
      [302, 302],
      ['upload.not_found', 'note.not_found'],
    ])
    expect(codes([await member.call('GET', `${path}/download?file=upl_01h455vb4pex5vsknk084sn02q`)])).toEqual([
      'note.file_not_found',
    ])
    // Members add their own; what is not named any more goes, with its bytes.
    const three = await send(member, 'three.pdf')
    const edited = await member.call('PATCH', path, { attachments: [two, three] }, match(1))
    expect(filesOf(edited)).toEqual([two, three])
    expect(await stored('uploads WHERE id = ?', one)).toBe(0)
    expect(filesOf(await owner.call('PATCH', path, { title: 'Other' }, match(2)))).toEqual([two, three])
    await member.call('POST', `/rooms/${room}/leave`)
    expect(codes([await member.call('GET', `/uploads/${two}/content`)])).toEqual(['upload.not_found'])
    await owner.call('DELETE', path)
    expect(await stored('uploads WHERE id IN (?, ?)', two, three)).toBe(0)
  })

  test('what cannot be attached is refused, and the edit with it', async () => {
    const [ada, eve] = [await signUp(), await signUp()]
    const [mine, theirs] = [await send(ada), await send(eve)]
    const { body: other } = await upload(ada, pdf(), { purpose: 'material' })
    expect(
      codes([
        await write(ada, { attachments: [theirs] }),
        await write(ada, { attachments: [mine, other.id] }),
        await write(ada, { attachments: [mine, mine] }),
      ]),
    ).toEqual(['upload.not_found', 'upload.wrong_purpose', 'request.invalid'])
    expect(await stored('notes WHERE author_id = ?', ada.id)).toBe(0)
    const { body } = await write(ada)
    const refused = await ada.call('PATCH', `/notes/${body.id}`, { body: 'new', attachments: [mine, theirs] }, match(1))
    expect(codes([refused])).toEqual(['upload.not_found'])
    expect((await ada.call('GET', `/notes/${body.id}`)).body).toMatchObject({
      body: note.body,
      attachments: [],
      version: 1,
    })
    expect(await stored('uploads WHERE id = ? AND used_kind IS NULL', mine)).toBe(1)
    const both = await Promise.all([1, 2, 3].map(() => write(ada, { attachments: [mine] })))
    expect(codes(both).sort()).toEqual([201, 'upload.in_use', 'upload.in_use'])
  })
})

describe('revisions', () => {
  const list = async (person: Person, id: string) => (await person.call('GET', `/notes/${id}/revisions`)).body.data
  const numbers = (rows: { n: number }[]) => rows.map(({ n }) => n)

  test('ten minutes of one person are one revision, and each is kept whole', async () => {
    const ada = await signUp()
    const { body } = await write(ada, { body: 'one' })
    const path = `/notes/${body.id}`
    await ada.call('PATCH', path, { body: 'one, longer' }, match(1))
    expect(numbers(await list(ada, body.id))).toEqual([1])
    await later(body.id)
    await ada.call('PATCH', path, { body: 'two', title: 'Second' }, match(2))
    const rows = await list(ada, body.id)
    expect(rows).toMatchObject([
      { n: 2, title: 'Second', isCurrent: true, author: { id: ada.id, name: ada.name } },
      { n: 1, title: note.title, isCurrent: false },
    ])
    expect((await ada.call('GET', `${path}/revisions/1`)).body).toMatchObject({ n: 1, body: 'one, longer' })
    expect((await ada.call('GET', `${path}/revisions/2`)).body).toMatchObject({ n: 2, body: 'two', isCurrent: true })
    expect(codes([await ada.call('GET', `${path}/revisions/3`)])).toEqual(['note.revision_not_found'])
  })

  test('another person begins a new one, and a restore keeps what it replaces', async () => {
    const { owner, members, room } = await makeRoomWith(1)
    const member = members[0] as Person
    const { body } = await write(owner, { roomId: room, body: 'first' })
    const path = `/notes/${body.id}`
    await member.call('PATCH', path, { body: 'second' }, match(1))
    await owner.call('PATCH', path, { body: 'third' }, match(2))
    expect((await list(member, body.id)).map(({ author }: { author: { id: string } }) => author.id)).toEqual([
      ...[owner.id, member.id, owner.id],
    ])
    expect(codes([await member.call('POST', `${path}/revisions/1/restore`, undefined, match(1))])).toEqual([
      'note.version_conflict',
    ])
    const back = await member.call('POST', `${path}/revisions/1/restore`)
    expect([back.status, back.body.body, back.body.version]).toEqual([200, 'first', 4])
    expect(numbers(await list(owner, body.id))).toEqual([4, 3, 2, 1])
    expect((await owner.call('GET', `${path}/revisions/3`)).body.body).toBe('third')
    expect(titles(await owner.call('GET', `/rooms/${room}/notes?query=first`))).toEqual([note.title])
    expect(titles(await owner.call('GET', `/rooms/${room}/notes?query=third`))).toEqual([])
  })

  test('what was written before a note was shared is its author’s alone', async () => {
    const { owner, members, room } = await makeRoomWith(1)
    const [member, reader] = [members[0] as Person, await signUp()]
    const { body } = await write(owner, { body: 'my secret draft' })
    const path = `/notes/${body.id}`
    await owner.call('PATCH', path, { body: 'clean', visibility: 'room', roomId: room }, match(1))
    expect([numbers(await list(owner, body.id)), numbers(await list(member, body.id))]).toEqual([[2, 1], [2]])
    const refused = [
      await member.call('GET', `${path}/revisions/1`),
      await member.call('POST', `${path}/revisions/1/restore`),
    ]
    expect(codes(refused)).toEqual(Array(2).fill('note.revision_not_found'))
    await owner.call('PATCH', path, { visibility: 'public' }, match(2))
    expect(codes([await reader.call('GET', `${path}/revisions`)])).toEqual(['note.not_allowed'])
    expect(numbers(await list(owner, body.id))).toEqual([3, 2, 1])
  })

  test('the newest are kept, and go with the note', async () => {
    const ada = await signUp()
    const call = withSettings({ NOTE_REVISIONS: '3' })
    const { body } = await write(ada)
    for (let version = 1; version <= 6; version += 1) {
      await later(body.id)
      await env.DB.prepare('UPDATE notes SET version = 1 WHERE id = ?').bind(body.id).run()
      const { status } = await withVersion(call, ada, body.id, `text ${version}`)
      expect(status).toBe(200)
    }
    expect(numbers(await list(ada, body.id))).toEqual([7, 6, 5])
    await ada.call('DELETE', `/notes/${body.id}`)
    expect(await stored('note_revisions WHERE note_id = ?', body.id)).toBe(0)
  })

  const withVersion = (call: ReturnType<typeof withSettings>, person: Person, id: string, text: string) =>
    call(person, 'PATCH', `/notes/${id}`, { body: text }, match(1))
})

describe('the room that notes take up', () => {
  const room = (bytes: number) => withSettings({ NOTE_BYTES_PER_USER: String(bytes) })
  const ten = { title: 'ten', body: '7 bytes' }
  /** What is counted, and what is there. */
  const bytes = (person: Person) =>
    env.DB.prepare(
      `SELECT (SELECT bytes FROM note_use WHERE user_id = ?1) AS counted,
         (SELECT sum(length(CAST(title || body AS BLOB))) FROM notes WHERE author_id = ?1)
         + (SELECT coalesce(sum(length(CAST(r.title || r.body AS BLOB))), 0) FROM note_revisions r
            JOIN notes n ON n.id = r.note_id WHERE n.author_id = ?1) AS stored`,
    )
      .bind(person.id)
      .first<{ counted: number; stored: number }>()

  test('is exact when notes are written at once, and a refused one leaves nothing', async () => {
    const ada = await signUp()
    const replies = await Promise.all(Array.from({ length: 9 }, () => room(35)(ada, 'POST', '/notes', ten)))
    expect(codes(replies).filter((code) => code === 201)).toHaveLength(3)
    expect(codes(replies).filter((code) => code === 'note.quota_exceeded')).toHaveLength(6)
    expect(await bytes(ada)).toEqual({ counted: 30, stored: 30 })
    const made = replies.find(({ status }) => status === 201)?.body
    await ada.call('DELETE', `/notes/${made.id}`)
    expect(await bytes(ada)).toEqual({ counted: 20, stored: 20 })
  })

  test('counts what notes said before, in bytes, and gives back what is no longer kept', async () => {
    const { owner, members, room: place } = await makeRoomWith(1)
    const member = members[0] as Person
    const { body } = await write(owner, { ...ten, roomId: place })
    const path = `/notes/${body.id}`
    await owner.call('PATCH', path, { body: '線'.repeat(10) }, match(1))
    expect(await bytes(owner)).toEqual({ counted: 33, stored: 33 })
    await member.call('PATCH', path, { body: '線' }, match(2))
    // It is its author’s, whoever writes it.
    expect(await bytes(owner)).toEqual({ counted: 39, stored: 39 })
    expect(await bytes(member)).toMatchObject({ counted: null })
    await owner.call('POST', `${path}/revisions/1/restore`)
    expect(await bytes(owner)).toEqual({ counted: 72, stored: 72 })
    await owner.call('DELETE', path)
    expect(await bytes(owner)).toMatchObject({ counted: 0 })
  })

  test('an edit that would pass it is refused, with the words before it in their place', async () => {
    const ada = await signUp()
    const { body } = await write(ada, ten)
    const path = `/notes/${body.id}`
    const edit = (at: number, text: string, version: number) =>
      room(at)(ada, 'PATCH', path, { body: text }, match(version))
    // Within ten minutes it takes the place of what was there.
    expect(codes([await edit(20, 'x'.repeat(18), 1)])).toEqual(['note.quota_exceeded'])
    expect(codes([await edit(20, 'x'.repeat(17), 1)])).toEqual([200])
    await later(body.id)
    // From then on it comes to it.
    const refused = await edit(39, 'y'.repeat(17), 2)
    expect([refused.status, refused.body.code]).toEqual([409, 'note.quota_exceeded'])
    expect(refused.body.detail).toBe('There is room for 19 bytes; this would take 20 more.')
    expect((await ada.call('GET', path)).body).toMatchObject({ body: 'x'.repeat(17), version: 2 })
    expect(await stored('note_revisions WHERE note_id = ?', body.id)).toBe(0)
    expect(codes([await edit(40, 'y'.repeat(17), 2)])).toEqual([200])
    expect(await bytes(ada)).toEqual({ counted: 40, stored: 40 })
    expect((await ada.call('GET', `${path}/revisions/1`)).body.body).toBe('x'.repeat(17))
  })

  test('of edits at once as many are written as there is room for', async () => {
    const ada = await signUp()
    const made = await Promise.all(Array.from({ length: 6 }, async () => (await write(ada, ten)).body))
    for (const { id } of made) await later(id)
    const edit = ({ id }: { id: string }) => room(85)(ada, 'PATCH', `/notes/${id}`, { body: '7 BYTES' }, match(1))
    const replies = await Promise.all(made.map(edit))
    expect(codes(replies).filter((code) => code === 200)).toHaveLength(2)
    expect(await bytes(ada)).toEqual({ counted: 80, stored: 80 })
  })

  test('never stands against sharing, nor against taking a note out of a room', async () => {
    const { owner, members, room: place } = await makeRoomWith(1)
    const author = members[0] as Person
    const { body } = await write(author, { ...ten, roomId: place })
    const path = `/notes/${body.id}`
    const full = room(10)
    expect(codes([await full(author, 'PATCH', path, { visibility: 'public' }, match(1))])).toEqual([200])
    expect(codes([await full(owner, 'DELETE', `/rooms/${place}/notes/${body.id}`)])).toEqual([204])
    expect(codes([await full(author, 'PATCH', path, { body: 'x' }, match(3))])).toEqual([200])
    expect(await bytes(author)).toEqual({ counted: 4, stored: 4 })
  })
})

test('what readers were counted by is forgotten after a day', async () => {
  const [ada, ben] = [await signUp(), await signUp()]
  const { body } = await write(ada, { visibility: 'public' })
  await ben.call('GET', `/notes/${body.id}`)
  await env.DB.prepare('UPDATE note_reads SET day = day - 2 WHERE note_id = ?').bind(body.id).run()
  await sweepNoteReads(await makeTestCtx())
  expect(await stored('note_reads WHERE note_id = ?', body.id)).toBe(0)
  expect((await ada.call('GET', `/notes/${body.id}`)).body.viewCount).toBe(1)
})

test.each([
  ['keep', ['room']],
  ['remove', []],
])('when somebody is erased who lets messages %s, of their notes these stay: %j', async (messages, stays) => {
  const { owner, members, room } = await makeRoomWith(1)
  const author = members[0] as Person
  const { body: sent } = await upload(author, pdf(), { purpose: 'note' })
  const made: Record<string, string> = {
    private: (await write(author)).body.id,
    public: (await write(author, { visibility: 'public', attachments: [sent.id] })).body.id,
    room: (await write(author, { roomId: room })).body.id,
  }
  const theirs = await write(owner, { roomId: room })
  await author.call('PATCH', `/notes/${theirs.body.id}`, { body: 'Mine in yours' }, match(1))
  await author.call('POST', '/todos', { text: 'my own' })
  await author.call('POST', '/materials', { name: 'Slides', url: 'https://example.org' })
  await env.DB.prepare('INSERT INTO deletions (user_id, messages, requested_at, erases_at) VALUES (?, ?, 1, 1)')
    .bind(author.id, messages)
    .run()
  await eraseDueAccounts(await makeTestCtx())
  const left = []
  for (const [name, id] of Object.entries(made)) if ((await stored('notes WHERE id = ?', id)) === 1) left.push(name)
  expect(left).toEqual(stays)
  for (const name of stays)
    expect((await owner.call('GET', `/notes/${made[name]}`)).body.author.name).toBe('Deleted user')
  expect((await owner.call('GET', `/notes/${theirs.body.id}`)).body.body).toBe('Mine in yours')
  const rows = ['todos WHERE author_id = ?', 'materials WHERE owner_id = ?', 'uploads WHERE user_id = ?']
  expect(await Promise.all(rows.map((from) => stored(from, author.id)))).toEqual([0, 0, 0])
})
