import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { countingEnv, type Person, requestOf, signUp } from '../support/people'

let leader: Person
let ada: Person
let ben: Person
let cem: Person
let subjectId: string
let otherSubjectId: string

beforeAll(async () => {
  ;[leader, ada, ben, cem] = [
    await signUp({ name: 'Lea', emailVerifiedAt: Date.now() }),
    await signUp({ name: 'Ada' }),
    await signUp({ name: 'Ben' }),
    await signUp({ name: 'Cem' }),
  ]
  const { body } = await leader.call('GET', '/subjects?limit=2')
  ;[subjectId, otherSubjectId] = [body.data[0].id, body.data[1].id]
})

const make = async (fields: object = {}) => {
  const reply = await leader.call('POST', '/groups', { title: 'Graphs', subjectId, ...fields })
  expect(reply.status, JSON.stringify(reply.body)).toBe(201)
  return reply.body
}
const join = (person: Person, id: string) => person.call('POST', `/groups/${id}/join`)
const leave = (person: Person, id: string) => person.call('POST', `/groups/${id}/leave`)
const roles = async (id: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await leader.call('GET', `/groups/${id}/members`)).body.data.map(
      (member: { user: { name: string }; role: string }) => [member.user.name, member.role],
    ),
  )

describe('making and finding', () => {
  test('a new group is public and open, and led by who made it', async () => {
    const made = await leader.call('POST', '/groups', {
      title: 'Graphs',
      subjectId,
      description: 'Trees, too',
      schedule: 'Mondays',
      location: 'Library',
      maxMembers: 4,
    })
    expect(made.headers.get('Location')).toBe(`/api/v1/groups/${made.body.id}`)
    expect(made.body).toMatchObject({
      id: expect.stringMatching(/^grp_/),
      title: 'Graphs',
      description: 'Trees, too',
      subject: { id: subjectId, name: expect.any(String) },
      schedule: 'Mondays',
      location: 'Library',
      visibility: 'public',
      joinPolicy: 'open',
      status: 'active',
      leader: { id: leader.id, name: 'Lea' },
      maxMembers: 4,
      memberCount: 1,
      settings: {
        whoMayInvite: 'members',
        slowModeSeconds: 0,
        whoMayStartTimer: 'members',
        whoMayPlanMeetups: 'members',
      },
      membership: { role: 'leader' },
    })
    expect((await ada.call('GET', `/groups/${made.body.id}`)).body).toMatchObject({ title: 'Graphs', membership: null })
    expect((await ada.call('GET', `/rooms/${made.body.id.replace('grp_', 'room_')}`)).status).toBe(404)
  })

  test('a subject that there is not makes no group', async () => {
    const missing = `${subjectId.slice(0, -4)}zzzz`
    const reply = await leader.call('POST', '/groups', { title: 'Nothing', subjectId: missing })
    expect([reply.status, reply.body.code]).toEqual([404, 'subject.not_found'])
    const group = await make()
    expect((await leader.call('PATCH', `/groups/${group.id}`, { subjectId: missing })).body.code).toBe(
      'subject.not_found',
    )
    expect((await leader.call('GET', `/groups/${group.id}`)).body.version).toBe(1)
  })

  test('groups are found by words and subject, rooms and resting groups are not', async () => {
    const found = async (query: string) =>
      (await ada.call('GET', `/groups?${query}`)).body.data.map(({ id }: { id: string }) => id)
    await leader.call('POST', '/rooms', { name: 'Zebrafish room' })
    const here = await make({ title: 'Zebrafish', description: 'biology' })
    const there = await make({ title: 'Zebrafish', subjectId: otherSubjectId })
    await make({ title: 'Zebrafish', visibility: 'private' })
    expect(await found('query=zebra')).toEqual([there.id, here.id])
    expect(await found(`query=zebra&subjectId=${subjectId}`)).toEqual([here.id])
    expect((await found(`subjectId=${otherSubjectId}`))[0]).toBe(there.id)
    expect((await ada.call('GET', '/rooms?query=zebra')).body.data).toHaveLength(1)
    await leader.call('PATCH', `/groups/${here.id}`, { subjectId: otherSubjectId })
    expect(await found(`query=zebra&subjectId=${subjectId}`)).toEqual([])
    await leader.call('PATCH', `/groups/${here.id}`, { status: 'inactive' })
    expect(await found('query=zebra')).toEqual([there.id])
    expect((await join(ada, here.id)).body.code).toBe('group.inactive')
    expect((await ada.call('GET', `/groups?sort=name&subjectId=${subjectId}`)).status).toBe(422)
    await join(ada, there.id)
    expect((await ada.call('GET', '/groups/mine')).body.data[0]).toMatchObject({
      id: there.id,
      membership: { role: 'member' },
    })
  })
})

describe('join policies', () => {
  test('an open group is joined at once, and one by invitation is not', async () => {
    const open = await make()
    expect((await join(ada, open.id)).status).toBe(201)
    expect((await join(ada, open.id)).status).toBe(200)
    expect(await roles(open.id)).toEqual({ Lea: 'leader', Ada: 'member' })
    const closed = await make({ joinPolicy: 'invite' })
    expect(closed.settings.whoMayInvite).toBe('moderators')
    expect((await join(ada, closed.id)).body.code).toBe('group.invite_only')
    const link = await leader.call('POST', `/groups/${closed.id}/invite-links`)
    const joined = await ada.call('POST', `/invite-links/${link.body.code}/join`)
    expect([joined.status, joined.body.title]).toEqual([201, 'Graphs'])
  })

  test('a request waits for a moderator, who lets in or says no', async () => {
    const group = await make({ joinPolicy: 'request' })
    const asked = await join(ada, group.id)
    expect([asked.status, asked.body.status]).toEqual([202, 'requested'])
    expect((await join(ada, group.id)).body.createdAt).toBe(asked.body.createdAt)
    await join(ben, group.id)
    const list = () => leader.call('GET', `/groups/${group.id}/requests`)
    expect((await list()).body.data.map((one: { user: { name: string } }) => one.user.name)).toEqual(['Ada', 'Ben'])
    expect((await ada.call('GET', `/groups/${group.id}/requests`)).body.code).toBe('channel.membership_required')
    const approved = await leader.call('POST', `/groups/${group.id}/requests/${ada.id}/approve`)
    expect(approved.body).toMatchObject({ user: { id: ada.id }, role: 'member' })
    expect((await env.STUDY_ROOM.getByName(group.id).presence(ada.id)).ok).toBe(true)
    expect((await ada.call('POST', `/groups/${group.id}/requests/${ben.id}/approve`)).body.code).toBe(
      'group.not_allowed',
    )
    expect(
      (await leader.call('POST', `/groups/${group.id}/requests/${ben.id}/deny`, { reason: 'Too late' })).status,
    ).toBe(204)
    expect((await join(ben, group.id)).body.code).toBe('group.request_denied')
    expect((await list()).body.data).toEqual([])
    expect((await leader.call('POST', `/groups/${group.id}/requests/${ben.id}/approve`)).body.code).toBe(
      'group.request_not_found',
    )
  })

  test('leaving takes a request back', async () => {
    const group = await make({ joinPolicy: 'request' })
    await join(ada, group.id)
    expect((await leave(ada, group.id)).status).toBe(204)
    expect((await leader.call('GET', `/groups/${group.id}/requests`)).body.data).toEqual([])
    expect((await join(ada, group.id)).status).toBe(202)
  })

  test('a full group lets nobody in, and keeps the request', async () => {
    const group = await make({ joinPolicy: 'request', maxMembers: 2 })
    for (const person of [ada, ben]) await join(person, group.id)
    const approve = (person: Person) => leader.call('POST', `/groups/${group.id}/requests/${person.id}/approve`)
    expect((await approve(ada)).status).toBe(200)
    expect((await approve(ben)).body.code).toBe('group.full')
    await leave(ada, group.id)
    expect((await approve(ben)).status).toBe(200)
  })
})

describe('the leader', () => {
  test('who leaves is succeeded by the longest-standing moderator, else member', async () => {
    const group = await make()
    for (const person of [ada, ben, cem]) await join(person, group.id)
    await leader.call('PATCH', `/groups/${group.id}/members/${cem.id}`, { role: 'moderator' })
    expect((await leave(leader, group.id)).status).toBe(204)
    expect(await roles(group.id)).toEqual({ Ada: 'member', Ben: 'member', Cem: 'leader' })
    expect((await ada.call('GET', `/groups/${group.id}`)).body.leader.id).toBe(cem.id)
    await leave(cem, group.id)
    expect(await roles(group.id)).toEqual({ Ada: 'leader', Ben: 'member' })
  })

  test('who leaves together with the successor leaves one leader behind', async () => {
    for (let round = 0; round < 4; round += 1) {
      const group = await make()
      for (const person of [ada, ben]) await join(person, group.id)
      const replies = await Promise.all([leave(leader, group.id), leave(ada, group.id)])
      expect(replies.map(({ status }) => status)).toEqual([204, 204])
      expect(await roles(group.id)).toEqual({ Ben: 'leader' })
      expect((await ben.call('GET', `/groups/${group.id}`)).body).toMatchObject({
        memberCount: 1,
        leader: { id: ben.id },
      })
    }
  })

  test('who leaves while somebody joins leaves a led group or none', async () => {
    for (let round = 0; round < 4; round += 1) {
      const group = await make()
      const [left, joined] = await Promise.all([leave(leader, group.id), join(ada, group.id)])
      expect(left.status).toBe(204)
      expect([201, 404]).toContain(joined.status)
      const after = await ada.call('GET', `/groups/${group.id}`)
      if (joined.status === 201) expect(after.body).toMatchObject({ membership: { role: 'leader' }, memberCount: 1 })
      else expect(after.status).toBe(404)
    }
  })

  test('who is alone deletes the group by leaving', async () => {
    const group = await make()
    expect((await leave(leader, group.id)).status).toBe(204)
    expect((await leader.call('GET', `/groups/${group.id}`)).status).toBe(404)
  })

  test('hands the group to a member, and leaves nobody a group too many', async () => {
    const group = await make()
    await join(ada, group.id)
    await ada.call('POST', '/groups', { title: 'Her own', subjectId })
    const { fetch } = countingEnv({ GROUPS_PER_OWNER: '1' } as unknown as Partial<Env>)
    const as = { Authorization: `Bearer ${leader.accessToken}` }
    const left = await fetch(requestOf('POST', `/groups/${group.id}/leave`, undefined, as))
    expect(left.body.code).toBe('group.owner_must_transfer')
    const handed = await leader.call('POST', `/groups/${group.id}/transfer`, { userId: ada.id })
    expect(handed.body).toMatchObject({ leader: { id: ada.id }, membership: { role: 'moderator' } })
  })
})

test('an announcement comes from who looks after the group, once for each nonce', async () => {
  const group = await make()
  await join(ada, group.id)
  const announce = (by: Person, nonce: string) =>
    by.call('POST', `/groups/${group.id}/announcements`, { nonce, text: 'We meet at six' })
  const said = await announce(leader, 'n1')
  expect([said.status, said.body.type, said.body.text]).toEqual([201, 'announcement', 'We meet at six'])
  const again = await announce(leader, 'n1')
  expect([again.status, again.body.id]).toEqual([200, said.body.id])
  expect((await announce(ada, 'n2')).body.code).toBe('message.announcement_not_allowed')
  expect((await announce(ben, 'n3')).body.code).toBe('channel.membership_required')
  expect((await ada.call('GET', `/channels/${group.id}/messages`)).body.data).toHaveLength(1)
})

test('what a group has in common with a room answers under its address and with its codes', async () => {
  const group = await make({ maxMembers: 2 })
  await join(ada, group.id)
  expect((await join(ben, group.id)).body.code).toBe('group.full')
  expect((await ben.call('PUT', `/groups/${group.id}/waitlist`)).body.position).toBe(1)
  const until = new Date(Date.now() + 60_000).toISOString()
  expect((await leader.call('PUT', `/groups/${group.id}/timeouts/${ada.id}`, { until })).status).toBe(200)
  expect((await leader.call('PUT', `/groups/${group.id}/bans/${ada.id}`, { reason: 'Spam' })).status).toBe(200)
  expect((await join(ada, group.id)).body).toMatchObject({ code: 'group.banned', reason: 'Spam', until: null })
  expect(await roles(group.id)).toEqual({ Lea: 'leader', Ben: 'member' })
  expect((await leader.call('GET', `/groups/${group.id}/bans`)).body.data).toHaveLength(1)
})
