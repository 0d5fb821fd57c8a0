import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MailFailure } from '../../src/mail/adapters/contract'
import { deliver } from '../../src/notifications/actions/deliver'
import { endStudyQuiet } from '../../src/notifications/actions/hold'
import { tellEvent } from '../../src/notifications/actions/tell-event'
import { withdrawEvents } from '../../src/outbox/actions'
import { rows } from '../support/accounts'
import { type Person, signUp } from '../support/people'
import { addressOf, logOf, reader, tellingIn } from './telling'
import { World } from './world'

const minute = 60_000
let world: World
let ada: Person

beforeAll(async () => {
  ada = await signUp({ name: 'Ada' })
})
beforeEach(() => {
  world = new World()
})

const { record, asked, tell } = tellingIn(() => ({ world, by: ada }))

describe('telling of an event', () => {
  test('writes one row for each person and way, shows it at once, and mails it after two minutes', async () => {
    const ben = await reader({ locale: 'de-AT' })
    const { id } = await asked(ben.id)
    await tell(id)
    expect(await logOf(id)).toEqual(['app sent', 'mail held batch', 'push dropped no_subscription'])
    expect(world.noticesOf(ben.id)).toMatchObject([
      { id, type: 'friend.requested', title: 'Ada möchte mit dir befreundet sein', subject: { userId: ada.id } },
    ])
    await world.pass(1)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    await world.pass(1)
    expect(world.mailsTo(addressOf(ben))).toMatchObject([{ subject: 'Ada möchte mit dir befreundet sein' }])
    expect(await logOf(id)).toEqual(['app sent', 'mail sent', 'push dropped no_subscription'])
    expect(await rows('SELECT * FROM deliveries WHERE user_id = ?', ben.id)).toEqual([])
    expect(await rows('SELECT next_at FROM outbox WHERE id = ?', id)).toEqual([{ next_at: null }])
  })

  test('again, by queue, sweep or replay, changes nothing', async () => {
    const ben = await reader()
    const { id } = await asked(ben.id)
    for (let n = 0; n < 3; n += 1) await tell(id)
    world.queue.push({ kind: 'event', eventId: id }, { kind: 'event', eventId: id })
    await world.drain()
    await Promise.all([1, 2, 3].map(() => tell(id)))
    expect(await logOf(id)).toHaveLength(3)
    expect(world.noticesOf(ben.id)).toHaveLength(1)
  })

  test('by a step that died before it moved on, leaves what became of it as it is', async () => {
    const ben = await reader()
    const { id } = await asked(ben.id)
    await tell(id)
    await world.pass(2)
    const was = await logOf(id)
    expect(was).toContain('mail sent')
    await env.DB.prepare(`UPDATE outbox SET cursor = '', next_at = 0 WHERE id = ?`).bind(id).run()
    await tell(id)
    await world.pass(2)
    expect(await logOf(id)).toEqual(was)
    expect(world.mailsTo(addressOf(ben))).toHaveLength(1)
  })

  test('leaves out who did it, who is gone, and who has blocked or muted', async () => {
    const [ben, cleo, dora, gone] = await Promise.all([reader(), reader(), reader(), reader({ status: 'suspended' })])
    const { body: room } = await ada.call('POST', '/rooms', { name: 'Algebra' })
    for (const one of [ben, cleo, dora]) await one.call('POST', `/rooms/${room.id}/join`)
    await ben.call('PUT', `/blocks/${ada.id}`)
    await cleo.call('PUT', `/channels/${room.id}/mute`, {})
    const said = { messageId: 'msg_x', seq: 1 }
    const { id } = await record({ type: 'message.mention', to: 'members', channelId: room.id, facts: said })
    await tell(id)
    expect(await logOf(id, ada.id)).toEqual([])
    expect(await logOf(id, gone.id)).toEqual([])
    expect(await logOf(id, ben.id)).toEqual(['app dropped blocked', 'mail dropped blocked', 'push dropped blocked'])
    expect(await logOf(id, cleo.id)).toEqual(['app dropped muted', 'mail dropped muted', 'push dropped muted'])
    expect(await logOf(id, dora.id)).toEqual(['app sent', 'mail held digest', 'push dropped no_subscription'])
    expect(world.notices.map(({ userId }) => userId)).toEqual([dora.id])
  })

  test('an inbox that does not answer keeps nobody else waiting, and the notification is in the list', async () => {
    const [ben, cleo] = await Promise.all([reader(), reader()])
    const { id } = await asked(ben.id, cleo.id)
    const ctx = await world.ctx()
    const inbox: typeof ctx.inbox = (userId) =>
      userId === ben.id ? ({ notify: () => Promise.reject(new Error('away')) } as never) : ctx.inbox(userId)
    expect(await tellEvent({ ...ctx, inbox }, id)).toBe(true)
    expect(world.noticesOf(cleo.id)).toHaveLength(1)
    expect((await ben.call('GET', '/notifications')).body.data).toMatchObject([{ id }])
  })
})

describe('mail', () => {
  test('of two minutes goes out as one, with a way out of just these kinds', async () => {
    const ben = await reader()
    const first = await asked(ben.id)
    await tell(first.id)
    world.now += minute
    const { body: room } = await ada.call('POST', '/rooms', { name: 'Topology' })
    const second = await record({ type: 'waitlist.promoted', to: [ben.id], channelId: room.id, facts: {} })
    await tell(second.id)
    await world.pass(1)
    const mails = world.mailsTo(addressOf(ben))
    expect(mails).toHaveLength(1)
    expect(mails[0]?.subject).toBe('2 things happened on Studyhall')
    expect(mails[0]?.text).toContain('Ada would like to be friends')
    expect(mails[0]?.text).toContain('There is a seat for you in the room Topology')
    expect(mails[0]?.headers).toMatchObject({
      'List-Unsubscribe': expect.stringMatching(/^<https?:\/\/\S+\/api\/v1\/notifications\/unsubscribe\?token=\S+>$/),
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    })
    await world.pass(5)
    expect(world.mailsTo(addressOf(ben))).toHaveLength(1)
  })

  test.each<[string, string, (ben: Person, about: { id: string; subjectId: string }) => Promise<unknown>]>([
    ['read', 'read', (ben, { id }) => ben.call('POST', '/notifications/read', { ids: [id] })],
    ['blocked', 'blocked', (ben) => ben.call('PUT', `/blocks/${ada.id}`)],
    [
      'switched off',
      'switched_off',
      (ben) => ben.call('PUT', '/notifications/preferences', { categories: { social: { mail: 'never' } } }),
    ],
    [
      'withdrawn',
      'withdrawn',
      async (_, { subjectId }) => {
        const ctx = await world.ctx()
        await ctx.db.batch([withdrawEvents(ctx, subjectId)])
      },
    ],
  ])('is not sent of what was %s meanwhile', async (_, reason, act) => {
    const ben = await reader()
    const about = await asked(ben.id)
    await tell(about.id)
    await act(ben, about)
    await world.pass(3)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    expect((await logOf(about.id))[1]).toBe(`mail dropped ${reason}`)
  })

  test('of a message quotes it as it is now, and says nothing of what was deleted or where one is no longer', async () => {
    const [ben, cleo] = await Promise.all([reader(), reader()])
    const { body: room } = await ada.call('POST', '/rooms', { name: 'Analysis' })
    for (const one of [ben, cleo]) {
      await one.call('POST', `/rooms/${room.id}/join`)
      await one.call('PUT', '/notifications/preferences', { categories: { mentions: { mail: 'immediately' } } })
    }
    const say = async (text: string) =>
      (await ada.call('POST', `/channels/${room.id}/messages`, { nonce: crypto.randomUUID(), text })).body
    const [kept, gone] = [await say('Read this'), await say('Forget this')]
    const events = []
    for (const { id: messageId, seq } of [kept, gone])
      events.push(
        await record({ type: 'message.mention', to: [ben.id, cleo.id], channelId: room.id, facts: { messageId, seq } }),
      )
    for (const { id } of events) await tell(id)
    await ada.call('PATCH', `/channels/${room.id}/messages/${kept.id}`, { text: 'Read that' })
    await ada.call('DELETE', `/channels/${room.id}/messages/${gone.id}`)
    await cleo.call('POST', `/rooms/${room.id}/leave`)
    await world.pass(3)
    const [mail] = world.mailsTo(addressOf(ben))
    expect(mail?.text).toContain('Read that')
    expect(mail?.text).not.toMatch(/Read this|Forget/)
    expect((await logOf(events[1]?.id ?? '', ben.id))[1]).toBe('mail dropped deleted')
    expect(world.mailsTo(addressOf(cleo))).toEqual([])
    expect((await logOf(events[0]?.id ?? '', cleo.id))[1]).toBe('mail dropped gone')
  })

  test('waits while the service is down for an hour: nothing is lost, in order, with the same Message-ID', async () => {
    const ben = await reader()
    world.mailFails = new MailFailure('temporary', 'no answer')
    const first = await asked(ben.id)
    await tell(first.id)
    await world.pass(30)
    const [waiting] = await rows('SELECT delivery_id, tries FROM deliveries WHERE user_id = ?', ben.id)
    expect(waiting?.tries).toBeGreaterThan(2)
    expect(waiting?.tries).toBeLessThan(8)
    const second = await record({ type: 'friend.accepted', to: [ben.id], facts: {} })
    await tell(second.id)
    await world.pass(30)
    expect(world.mails).toEqual([])
    world.mailFails = null
    await world.pass(70)
    const mails = world.mailsTo(addressOf(ben))
    expect(mails.map(({ subject }) => subject)).toEqual(['Ada would like to be friends', 'Ada and you are friends now'])
    expect(mails[0]?.messageId).toBe(`<notice.${waiting?.delivery_id}@localhost>`)
    expect([await logOf(first.id), await logOf(second.id)].map((log) => log[1])).toEqual(['mail sent', 'mail sent'])
  })

  test('about what is over by then is not sent late', async () => {
    const ben = await reader()
    world.mailFails = new MailFailure('temporary', 'no answer')
    const facts = { todoId: 'todo_1', text: 'Hand in', dueAt: world.now }
    const { id } = await record({ type: 'todo.due', to: [ben.id], facts, expiresAt: world.now + 30 * minute })
    await tell(id)
    await world.pass(40)
    world.mailFails = null
    await world.pass(60)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    expect((await logOf(id))[1]).toBe('mail dropped expired')
  })

  test('that is refused for good ends mail to this address, and only to this', async () => {
    const ben = await reader()
    world.mailFails = new MailFailure('permanent', '550')
    const first = await asked(ben.id)
    await tell(first.id)
    await world.pass(3)
    expect((await logOf(first.id))[1]).toBe('mail failed refused')
    world.mailFails = null
    const second = await asked(ben.id)
    await tell(second.id)
    expect((await logOf(second.id))[1]).toBe('mail dropped bounced')
    await env.DB.prepare('UPDATE users SET email = ? WHERE id = ?')
      .bind(`new-${addressOf(ben)}`, ben.id)
      .run()
    const third = await asked(ben.id)
    await tell(third.id)
    expect((await logOf(third.id))[1]).toBe('mail held batch')
  })

  test('of a day comes at the hour that the person chose, in their zone', async () => {
    const ben = await reader({ timezone: 'Asia/Tokyo' })
    await ben.call('PUT', '/notifications/preferences', { categories: { social: { mail: 'daily' } }, digestHour: 19 })
    world.now = Date.parse('2026-11-26T08:00:00Z')
    const events = [await asked(ben.id), await asked(ben.id)]
    for (const { id } of events) await tell(id)
    const due = await rows(
      'SELECT DISTINCT due_at FROM notification_log WHERE user_id = ? AND channel = ?',
      ben.id,
      'mail',
    )
    expect(due).toEqual([{ due_at: Date.parse('2026-11-26T10:00:00Z') }])
    world.now = Date.parse('2026-11-26T09:57:00Z')
    await world.pass(2)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    world.queue.push({ kind: 'deliver', userId: ben.id, channel: 'mail' })
    await world.drain()
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    await world.pass(1)
    expect(world.mailsTo(addressOf(ben))).toMatchObject([{ subject: '2 things happened on Studyhall' }])
  })
})

describe('a digest', () => {
  test('of a week comes once, on the day and at the hour that the clocks show after they were changed', async () => {
    // In the night before that Monday the clocks in Vienna go forward: eight o’clock is an hour earlier by ours.
    const due = Date.parse('2027-03-29T06:00:00Z')
    const ben = await reader({ timezone: 'Europe/Vienna' })
    await ben.call('PUT', '/notifications/preferences', { categories: { social: { mail: 'weekly' } } })
    world.now = Date.parse('2027-03-24T12:00:00Z')
    const first = await asked(ben.id)
    await tell(first.id)
    world.now = Date.parse('2027-03-28T20:00:00Z')
    const second = await asked(ben.id)
    await tell(second.id)
    expect([await logOf(first.id), await logOf(second.id)].map((log) => log[1])).toEqual(
      Array(2).fill('mail held digest'),
    )
    world.now = due - 3 * minute
    await world.pass(2)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    world.now = due
    world.queue.push(...Array(3).fill({ kind: 'deliver', userId: ben.id, channel: 'mail' }))
    await Promise.all([1, 2, 3, 4].map(() => world.tick()))
    await world.pass(3)
    const [mail, ...others] = world.mailsTo(addressOf(ben))
    expect(others).toEqual([])
    expect(mail?.subject).toBe('2 things happened on Studyhall')
    expect([await logOf(first.id), await logOf(second.id)].map((log) => log[1])).toEqual(Array(2).fill('mail sent'))
    world.now = due + 7 * 24 * 60 * minute
    await world.pass(2)
    expect(world.mailsTo(addressOf(ben))).toHaveLength(1)
  })

  test('leaves out what was read, and who has had enough of them meanwhile', async () => {
    const [ben, cleo] = await Promise.all([reader(), reader()])
    for (const one of [ben, cleo])
      await one.call('PUT', '/notifications/preferences', { categories: { social: { mail: 'weekly' } } })
    const [read, kept] = [await asked(ben.id, cleo.id), await asked(ben.id, cleo.id)]
    for (const { id } of [read, kept]) await tell(id)
    await ben.call('POST', '/notifications/read', { ids: [read.id] })
    await cleo.call('PUT', '/notifications/preferences', { categories: { social: { mail: 'never' } } })
    world.now += 7 * 24 * 60 * minute
    await world.tick()
    expect(world.mailsTo(addressOf(ben))).toMatchObject([{ subject: 'Ada would like to be friends' }])
    expect(world.mailsTo(addressOf(cleo))).toEqual([])
    expect((await logOf(kept.id, cleo.id))[1]).toBe('mail dropped switched_off')
  })
})

describe('one delivery at a time', () => {
  test('while a mail is on its way nobody else sends it', async () => {
    const ben = await reader()
    const { id } = await asked(ben.id)
    await tell(id)
    world.now += 3 * minute
    world.whileMailing = async () => deliver(await world.ctx(), ben.id, 'mail')
    await deliver(await world.ctx(), ben.id, 'mail')
    expect(world.mailsTo(addressOf(ben))).toHaveLength(1)
    expect((await logOf(id))[1]).toBe('mail sent')
  })

  test('one that breaks is tried for a day, then gives way to what waits behind it, and others do not wait at all', async () => {
    const [ben, cleo] = await Promise.all([reader(), reader()])
    // No clock can show this.
    const facts = { meetupId: 'meet_x', title: 'Chapter 4', startsAt: 1e300 }
    const broken = await record({ type: 'meetup.changed', to: [ben.id], facts })
    await tell(broken.id)
    await world.pass(3)
    const next = await asked(ben.id, cleo.id)
    await tell(next.id)
    await world.pass(3)
    expect(world.mailsTo(addressOf(cleo))).toHaveLength(1)
    expect((await logOf(broken.id))[1]).toBe('mail held batch')
    for (let hour = 0; hour < 30; hour += 1) {
      world.now += 60 * minute
      await world.tick()
    }
    expect((await logOf(broken.id))[1]).toBe('mail failed broken')
    expect(world.mailsTo(addressOf(ben))).toMatchObject([{ subject: 'Ada would like to be friends' }])
  })
})

describe('what concerns the safety of an account', () => {
  test('goes at once, by itself, and can neither be read away nor unsubscribed from', async () => {
    const ben = await reader()
    const chat = await asked(ben.id)
    await tell(chat.id)
    world.mailFails = new MailFailure('temporary', 'no answer')
    const facts = { method: 'passkey' } as const
    const { id } = await record({ type: 'security.method_added', to: [ben.id], actorId: null, facts })
    await tell(id)
    await ben.call('POST', '/notifications/read', { upTo: id })
    world.mailFails = null
    await world.pass(3)
    const [mail, ...others] = world.mailsTo(addressOf(ben))
    expect(others).toEqual([])
    expect(mail).toMatchObject({ subject: 'There is a new way to sign in to your account' })
    expect(mail?.text).toContain('A passkey, since ')
    expect(mail?.text).not.toContain('unsubscribe')
    expect(mail?.headers).not.toHaveProperty('List-Unsubscribe')
    expect([await logOf(chat.id), await logOf(id)].map((log) => log[1])).toEqual(['mail dropped read', 'mail sent'])
  })

  test('and waits with other mail makes two, each with its own Message-ID', async () => {
    const ben = await reader()
    world.mailFails = new MailFailure('temporary', 'no answer')
    for (const { id } of [
      await asked(ben.id),
      await record({ type: 'security.password_changed', to: [ben.id], actorId: null, facts: {} }),
    ])
      await tell(id)
    world.mailFails = null
    await world.pass(5)
    const mails = world.mailsTo(addressOf(ben))
    expect(mails.map(({ subject }) => subject)).toEqual(['Ada would like to be friends', 'Your password was changed'])
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(2)
  })

  test('of a new address is told to the old one, also when it has to be tried for an hour', async () => {
    const ben = await reader()
    world.mailFails = new MailFailure('temporary', 'no answer')
    const facts = { oldAddress: 'ben.before@studyhall.test' }
    const { id } = await record({ type: 'security.address_changed', to: [ben.id], actorId: null, facts })
    await tell(id)
    await world.pass(60)
    world.mailFails = null
    await world.pass(70)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    expect(world.mailsTo(facts.oldAddress)).toMatchObject([{ subject: 'Your mail address was changed' }])
    // That the old one takes no mail says nothing of the new one.
    world.mailFails = new MailFailure('permanent', '550')
    const again = await record({ type: 'security.address_changed', to: [ben.id], actorId: null, facts })
    await tell(again.id)
    expect((await logOf(again.id))[1]).toBe('mail failed refused')
    world.mailFails = null
    const next = await asked(ben.id)
    await tell(next.id)
    expect((await logOf(next.id))[1]).toBe('mail held batch')
  })
})

describe('quiet', () => {
  test('hours hold everything but security, and end with one summary and one mail', async () => {
    const ben = await reader({ timezone: 'Europe/Vienna' })
    const everyNight = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '22:00', end: '07:00' }))
    await ben.call('PUT', '/notifications/quiet-hours', { ranges: everyNight })
    world.now = Date.parse('2026-11-26T23:00:00Z')
    const events = [await asked(ben.id), await asked(ben.id)]
    for (const { id } of events) await tell(id)
    expect(await logOf(events[0]?.id ?? '')).toEqual([
      'app held quiet_hours',
      'mail held quiet_hours',
      'push dropped no_subscription',
    ])
    const safety = await record({
      type: 'security.role_changed',
      to: [ben.id],
      facts: { from: 'student', to: 'admin', reason: 'x' },
    })
    await tell(safety.id)
    expect(world.noticesOf(ben.id).map(({ type }) => type)).toEqual(['security.role_changed'])
    await world.pass(2)
    expect(world.mailsTo(addressOf(ben))).toMatchObject([{ subject: 'You are an admin of this Studyhall now' }])
    // Who looks at the list of their own accord sees it all.
    expect((await ben.call('GET', '/notifications')).body.data).toHaveLength(3)
    world.now = Date.parse('2026-11-27T05:58:00Z')
    await world.pass(1)
    expect(world.mailsTo(addressOf(ben))).toHaveLength(1)
    await world.pass(2)
    expect(world.noticesOf(ben.id)).toMatchObject([
      { type: 'security.role_changed' },
      { type: 'notifications.summary', title: '2 notifications waited for you', subject: { count: '2' } },
    ])
    expect(world.mailsTo(addressOf(ben))).toMatchObject([{}, { subject: '2 things happened on Studyhall' }])
    expect(await logOf(events[1]?.id ?? '')).toEqual(['app sent', 'mail sent', 'push dropped no_subscription'])
  })

  test('a running study session is quiet, too, unless the person says otherwise, and ends with a summary', async () => {
    const [ben, cleo] = await Promise.all([reader(), reader()])
    await cleo.call('PUT', '/notifications/preferences', { quietWhileStudying: false })
    for (const one of [ben, cleo]) world.studying.add(one.id)
    const { id } = await asked(ben.id, cleo.id)
    await tell(id)
    expect(world.notices.map(({ userId }) => userId)).toEqual([cleo.id])
    expect(await logOf(id, ben.id)).toEqual(['app held studying', 'mail held studying', 'push dropped no_subscription'])
    await world.pass(10)
    expect(world.mailsTo(addressOf(ben))).toEqual([])
    expect(world.mailsTo(addressOf(cleo))).toHaveLength(1)
    world.studying.clear()
    await endStudyQuiet(await world.ctx(), ben.id)
    await world.drain()
    expect(world.noticesOf(ben.id)).toMatchObject([{ type: 'notifications.summary', subject: { count: '1' } }])
    expect(world.mailsTo(addressOf(ben))).toHaveLength(1)
  })

  test('that begins while a mail waits holds it, too', async () => {
    const ben = await reader()
    const { id } = await asked(ben.id)
    await tell(id)
    world.studying.add(ben.id)
    await world.pass(5)
    expect((await logOf(id))[1]).toBe('mail held studying')
    world.studying.clear()
    await endStudyQuiet(await world.ctx(), ben.id)
    await world.drain()
    expect((await logOf(id))[1]).toBe('mail sent')
  })
})
