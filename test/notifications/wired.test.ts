import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { connectInbox } from '../inbox/links'
import { goodPassword, logIn, register, rows } from '../support/accounts'
import { readOutbox } from '../support/outbox'
import { type Person, signUp } from '../support/people'
import { PushService } from './push-service'
import { toldTo } from './told'

let ada: Person
let ben: Person
let cleo: Person
let subjectId: string

beforeAll(async () => {
  const me = await signUp()
  subjectId = (await me.call('GET', '/subjects?query=math')).body.data[0].id
})
beforeEach(async () => {
  ;[ada, ben, cleo] = (await Promise.all(
    ['Ada', 'Ben', 'Cleo'].map((name) => signUp({ name, emailVerifiedAt: 1 })),
  )) as [Person, Person, Person]
})

const madeRoom = async (fields: object = {}) =>
  (await ada.call('POST', '/rooms', { name: 'Algebra', ...fields })).body.id
const madeGroup = async (fields: object = {}) =>
  (await ada.call('POST', '/groups', { title: 'Logic', subjectId, ...fields })).body.id

describe('people hear', () => {
  test('that somebody wants to be friends, and has said yes', async () => {
    const { body } = await ada.call('POST', '/friends/requests', { userId: ben.id })
    expect(await toldTo(ben, 1)).toEqual([['friend.requested', 'Ada would like to be friends']])
    await ben.call('POST', `/friends/requests/${body.id}/accept`)
    expect(await toldTo(ada, 1)).toEqual([['friend.accepted', 'Ben and you are friends now']])
    // What is answered is not on the list any more.
    expect(await toldTo(ben, 0)).toEqual([])
  })

  test('nothing more of a request that was taken back', async () => {
    const { body } = await ada.call('POST', '/friends/requests', { userId: ben.id })
    await toldTo(ben, 1)
    await ada.call('DELETE', `/friends/requests/${body.id}`)
    await toldTo(ben, 0)
    expect((await ben.call('GET', '/notifications/unread-count')).body.count).toBe(0)
  })

  test('that somebody asks to join, and what was said to it', async () => {
    const group = await madeGroup({ joinPolicy: 'request' })
    for (const one of [ben, cleo]) await one.call('POST', `/groups/${group}/join`)
    expect(await toldTo(ada, 2)).toEqual([
      ['join_request.received', 'Ben asks to join the group Logic'],
      ['join_request.received', 'Cleo asks to join the group Logic'],
    ])
    await ada.call('POST', `/groups/${group}/requests/${ben.id}/approve`)
    await ada.call('POST', `/groups/${group}/requests/${cleo.id}/deny`, { reason: 'We are enough' })
    expect(await toldTo(ben, 1)).toEqual([['join_request.approved', 'Welcome to the group Logic']])
    expect(await toldTo(cleo, 1)).toEqual([
      ['join_request.denied', 'Your request to join the group Logic was declined'],
    ])
    expect(await toldTo(ada, 0)).toEqual([])
  })

  test('that a seat is theirs', async () => {
    const room = await madeRoom({ maxParticipants: 2 })
    await ben.call('POST', `/rooms/${room}/join`)
    await cleo.call('PUT', `/rooms/${room}/waitlist`)
    await ben.call('POST', `/rooms/${room}/leave`)
    expect(await toldTo(cleo, 1)).toEqual([['waitlist.promoted', 'There is a seat for you in the room Algebra']])
    expect(await toldTo(ben, 0)).toEqual([])
  })

  test('of their role, and what moderators do with them', async () => {
    const room = await madeRoom()
    for (const one of [ben, cleo]) await one.call('POST', `/rooms/${room}/join`)
    await ada.call('PATCH', `/rooms/${room}/members/${ben.id}`, { role: 'moderator' })
    await ben.call('PUT', `/rooms/${room}/timeouts/${cleo.id}`, { until: new Date(Date.now() + 60_000).toISOString() })
    await ada.call('PUT', `/rooms/${room}/bans/${cleo.id}`, { reason: 'Shouting' })
    await ada.call('POST', `/rooms/${room}/transfer`, { userId: ben.id })
    const moderated = await toldTo(cleo, 2)
    expect(moderated.map(([type]: string[]) => type)).toEqual(['member.timed_out', 'member.banned'])
    expect(moderated[1][1]).toBe('You were banned from the room Algebra')
    expect(await toldTo(ben, 2)).toEqual([
      ['member.role_changed', 'You are a moderator of the room Algebra now'],
      ['channel.received', 'Ada has handed the room Algebra to you'],
    ])
  })

  test('that a task is theirs', async () => {
    const room = await madeRoom()
    await ben.call('POST', `/rooms/${room}/join`)
    const dueAt = new Date(Date.now() + 3_600_000).toISOString()
    const made = await ada.call('POST', '/todos', { text: 'Read chapter 3', roomId: room, assigneeId: ben.id, dueAt })
    expect(made.status).toBe(201)
    expect(await toldTo(ben, 1)).toEqual([['todo.assigned', 'Ada has given you a task']])
    const reminder = () => rows('SELECT user_id, due_at FROM reminders WHERE subject_id = ?', made.body.id)
    expect(await reminder()).toEqual([{ user_id: ben.id, due_at: Date.parse(dueAt) }])
    await ben.call('POST', `/todos/${made.body.id}/complete`)
    expect(await reminder()).toEqual([])
    await ben.call('POST', `/todos/${made.body.id}/reopen`)
    expect(await reminder()).toHaveLength(1)
    await ada.call('DELETE', `/todos/${made.body.id}`)
    expect(await reminder()).toEqual([])
  })

  test('of a sign-in from where they have never been, and not of others', async () => {
    const { input, body } = await register({}, { 'CF-Connecting-IP': '192.0.2.1' })
    const me = await signedInAs(body.user, body.accessToken)
    await logIn(input.email, goodPassword, { 'CF-Connecting-IP': '192.0.2.1' })
    await logIn(input.email, goodPassword, { 'CF-Connecting-IP': '192.0.2.7' })
    await logIn(input.email, goodPassword, { 'CF-Connecting-IP': '192.0.2.7' })
    expect(await toldTo(me, 1)).toEqual([['security.signed_in', 'Somebody signed in to your account from a new place']])
    await me.call('PUT', '/auth/password', { currentPassword: goodPassword, newPassword: `${goodPassword} 2` })
    expect((await toldTo(me, 2))[1]).toEqual(['security.password_changed', 'Your password was changed'])
    const mails = await rows(
      `SELECT l.state FROM notification_log l JOIN outbox e ON e.id = l.event_id
       WHERE l.user_id = ? AND l.channel = 'mail' AND e.type = 'security.password_changed'`,
      me.id,
    )
    // Nobody has proven the address, and strangers are not written to.
    expect(mails).toEqual([{ state: 'dropped' }])
  })
})

const signedInAs = async (
  user: { id: string; username: string; name: string },
  accessToken: string,
): Promise<Person> => {
  const { call } = await import('../support/people')
  const auth = { Authorization: `Bearer ${accessToken}` }
  return {
    ...user,
    sessionId: '',
    accessToken,
    call: (method, path, body, headers) => call(method, path, body, { ...auth, ...headers }),
  }
}

test('what was refused leaves no event', async () => {
  const count = async () => (await rows('SELECT count(*) AS n FROM outbox'))[0]?.n
  const room = await madeRoom({ visibility: 'private' })
  await ben.call('PUT', `/blocks/${ada.id}`)
  const before = await count()
  const refused = [
    await ada.call('POST', '/friends/requests', { userId: ben.id }),
    await ada.call('POST', '/friends/requests', { userId: ada.id }),
    await ada.call('POST', `/rooms/${room}/invitations`, { userId: ben.id }),
    await ben.call('POST', `/rooms/${room}/join`),
    await cleo.call('PUT', `/rooms/${room}/bans/${ada.id}`, {}),
    await ada.call('DELETE', `/rooms/${room}/members/${cleo.id}`),
    await ada.call('POST', `/rooms/${room}/transfer`, { userId: cleo.id }),
  ]
  expect(refused.every(({ status }) => status >= 400)).toBe(true)
  expect(await count()).toBe(before)
})

test('quiet while studying: by the real queue nothing is pushed until the session ends, and then one summary', async () => {
  const { subscription, endpoint } = await PushService.open('https://fcm.googleapis.com')
  expect((await ben.call('POST', '/notifications/push-subscriptions', subscription)).status).toBe(201)
  const link = await connectInbox(ben)
  const asks = async (name: string) => {
    const friend = await signUp({ name, emailVerifiedAt: 1 })
    expect((await friend.call('POST', '/friends/requests', { userId: ben.id })).status).toBe(201)
  }
  const isTold = (expected: string[]) =>
    vi.waitFor(
      async () => {
        const found = await rows(
          `SELECT state || ' ' || coalesce(reason, '') AS what FROM notification_log
           WHERE user_id = ? AND channel IN ('app', 'push') ORDER BY event_id, channel`,
          ben.id,
        )
        expect(found.map(({ what }) => what)).toEqual(expected)
      },
      { timeout: 15_000, interval: 100 },
    )
  const shown = () => link.events.filter(({ type }) => type === 'notification.created')

  const { body: session } = await ben.call('POST', '/study/sessions', {})
  for (const name of ['Dora', 'Emil']) await asks(name)
  await isTold(Array(4).fill('held studying'))
  expect([await readOutbox(endpoint), shown()]).toEqual([[], []])

  expect((await ben.call('POST', `/study/sessions/${session.id}/end`)).status).toBe(200)
  await isTold(Array(4).fill('sent '))
  const pushed = (await readOutbox(endpoint)).map(({ subject, text }) => [subject, JSON.parse(text).payload.count])
  expect(pushed).toEqual([['2 things happened on Studyhall', 2]])
  expect(shown().map(({ notification }) => [notification.type, notification.subject])).toEqual([
    ['notifications.summary', { count: '2' }],
  ])

  // And when nobody studies, it is on the screen within the second.
  const at = Date.now()
  await asks('Fritz')
  await link.until(({ notification }) => notification?.type === 'friend.requested')
  expect(Date.now() - at).toBeLessThan(1000)
})
