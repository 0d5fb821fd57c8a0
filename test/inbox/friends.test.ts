import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { syncChannel } from '../../src/channels/actions'
import { newId } from '../../src/shared/ids'
import { runAlarm } from '../support/alarms'
import { makeTestCtx } from '../support/ctx'
import { type Person, signUp } from '../support/people'
import { connectInbox, inboxOf, openChannel } from './links'

const befriend = (one: string, other: string) =>
  env.DB.batch(
    [
      [one, other],
      [other, one],
    ].map((pair) =>
      env.DB.prepare('INSERT INTO friendships (user_id, friend_id, change_id, created_at) VALUES (?, ?, ?, 1)').bind(
        ...pair,
        'chg',
      ),
    ),
  )

async function friends(): Promise<[Person, Person]> {
  const pair: [Person, Person] = [await signUp(), await signUp()]
  await befriend(pair[0].id, pair[1].id)
  return pair
}

const hears = (link: Awaited<ReturnType<typeof connectInbox>>, userId: string, state: string) =>
  link.until((event) => event.type === 'friend.changed' && event.userId === userId && event.state === state)

describe('friends', () => {
  test('I11 who comes sees who is online, those hear of it, and of every change', async () => {
    const [mira, jonas] = await friends()
    const first = await connectInbox(mira)
    expect(first.events[0]!.friends).toEqual({ count: 0, people: [] })
    first.send({ type: 'status.set', state: 'studying', text: 'Algebra' })
    await first.until(({ type }) => type === 'status.changed')
    await runAlarm(inboxOf(mira))
    const second = await connectInbox(jonas)
    await hears(first, jonas.id, 'online')
    const known = [...second.events[0]!.friends.people, ...second.events.slice(1)]
    if (!known.some(({ state }) => state === 'studying')) await hears(second, mira.id, 'studying')
    await evictDurableObject(inboxOf(jonas))
    first.send({ type: 'status.set', state: 'break' })
    await first.until(({ state }) => state === 'break')
    await runAlarm(inboxOf(mira))
    await hears(second, mira.id, 'break')
  })

  test('I11 who is a friend no more, blocks, or hides is away at once', async () => {
    for (const end of [
      (mira: Person, jonas: Person) => mira.call('DELETE', `/friends/${jonas.id}`),
      (mira: Person, jonas: Person) => mira.call('PUT', `/blocks/${jonas.id}`),
      (mira: Person, jonas: Person) => jonas.call('PUT', `/blocks/${mira.id}`),
      (mira: Person) => mira.call('PATCH', '/users/me/settings', { privacy: { maySeePresence: 'nobody' } }),
      async (mira: Person) => {
        const link = await connectInbox(mira)
        link.send({ type: 'status.set', state: 'invisible' })
        await link.until(({ type }) => type === 'status.changed')
        await runAlarm(inboxOf(mira))
      },
    ]) {
      const [mira, jonas] = await friends()
      await connectInbox(mira)
      const link = await connectInbox(jonas)
      if (link.events[0]!.friends.count === 0) await hears(link, mira.id, 'online')
      await end(mira, jonas)
      await hears(link, mira.id, 'offline')
    }
  })

  test('L18b in their conversation a friend who shows presence to friends is seen, and no longer when that ends', async () => {
    const [mira, jonas] = await friends()
    await mira.call('PATCH', '/users/me/settings', { privacy: { maySeePresence: 'friends' } })
    await env.DB.prepare("INSERT INTO user_settings (user_id, may_message) VALUES (?, 'everyone')").bind(jonas.id).run()
    await env.DB.prepare('UPDATE users SET email_verified_at = 1 WHERE id IN (?, ?)').bind(mira.id, jonas.id).run()
    const { id } = (await mira.call('POST', '/conversations', { userId: jonas.id })).body
    const shown = async () => {
      await syncChannel(await makeTestCtx(), id)
      const link = await openChannel(mira, id)
      return (await link.until(({ type }) => type === 'ready')).present.count
    }
    expect(await shown()).toBe(1)
    await jonas.call('DELETE', `/friends/${mira.id}`)
    expect(await shown()).toBe(0)
  })

  test('I11 a friendship that begins while both are online is heard by both', async () => {
    const [mira, jonas] = [await signUp({ emailVerifiedAt: Date.now() }), await signUp({ emailVerifiedAt: Date.now() })]
    const links = [await connectInbox(mira), await connectInbox(jonas)]
    const { body } = await mira.call('POST', '/friends/requests', { userId: jonas.id })
    expect((await jonas.call('POST', `/friends/requests/${body.id}/accept`)).status).toBe(200)
    await Promise.all([hears(links[0]!, jonas.id, 'online'), hears(links[1]!, mira.id, 'online')])
  })

  test('I10 who left unseen comes back unseen', async () => {
    const [mira, jonas] = await friends()
    const link = await connectInbox(mira)
    link.send({ type: 'status.set', state: 'invisible' })
    await link.until(({ type }) => type === 'status.changed')
    link.socket.close(1000)
    await link.closed()
    await evictDurableObject(inboxOf(mira))
    const again = await connectInbox(mira)
    expect(again.events[0]!.self.state).toBe('invisible')
    const other = await connectInbox(jonas)
    await runAlarm(inboxOf(mira))
    await runAlarm(inboxOf(jonas))
    expect(other.events[0]!.friends).toEqual({ count: 0, people: [] })
    expect(JSON.stringify(other.events)).not.toContain(mira.id)
  })

  test('I8 a minute after the last device has gone, friends hear it, and D1 forgets', async () => {
    const [mira, jonas] = await friends()
    const link = await connectInbox(mira)
    const other = await connectInbox(jonas)
    await hears(link, jonas.id, 'online')
    link.socket.close(1000)
    await link.closed()
    await runInDurableObject(inboxOf(mira), async (object, { storage }) => {
      storage.sql.exec(`UPDATE due SET at = 0 WHERE kind = 'gone'`)
      await object.alarm()
    })
    await hears(other, mira.id, 'offline')
    const { results } = await env.DB.prepare('SELECT 1 FROM online WHERE user_id = ?').bind(mira.id).all()
    expect(results).toEqual([])
  })
})

test('I11 a thousand friends who are online cost at most 200 calls when one comes, and as many for any number of changes', async ({
  annotate,
}) => {
  const mira = await signUp()
  const others = Array.from({ length: 1000 }, () => newId('user'))
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO users (id, email, username, name, created_at, updated_at, last_active_at)
       SELECT value, value || '@f.test', value, 'F', 1, 1, 1 FROM json_each(?)`,
    ).bind(JSON.stringify(others)),
    env.DB.prepare(
      `INSERT INTO friendships (user_id, friend_id, change_id, created_at) SELECT ?, value, 'chg', key FROM json_each(?)`,
    ).bind(mira.id, JSON.stringify(others)),
    env.DB.prepare(
      `INSERT INTO online (user_id, until, shown) SELECT value, ?, '{"state":"online"}' FROM json_each(?)`,
    ).bind(Date.now() + 1e9, JSON.stringify(others)),
  ])
  let calls = 0
  await runInDurableObject(inboxOf(mira), (object) => {
    const inner = object as unknown as { env: Env }
    const USER_INBOX = {
      getByName: () => ({
        async meet() {
          calls += 1
          return { here: true, shown: { state: 'online' } }
        },
      }),
    }
    inner.env = { ...inner.env, USER_INBOX } as unknown as Env
  })
  const link = await connectInbox(mira)
  const { friends } = link.events[0]!
  expect([friends.count, friends.people.length]).toEqual([200, 100])
  await link.waitFor(() => (calls >= 200 ? true : undefined))
  const coming = calls
  for (let n = 0; n < 50; n++) link.send({ type: 'status.set', state: n % 2 ? 'studying' : 'break' })
  await link.waitFor(() => (link.types().filter((type) => type === 'status.changed').length === 50 ? true : undefined))
  await runAlarm(inboxOf(mira))
  await link.waitFor(() => (calls >= coming + 200 ? true : undefined))
  await annotate(
    `1,000 friends online: ${coming} calls to come, ${calls - coming} for 50 changes within a moment`,
    'measured',
  )
  expect([coming, calls - coming]).toEqual([200, 200])
  expect(link.types().filter((type) => type === 'friend.changed')).toEqual([])
})
