import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, test, vi } from 'vitest'
import { rows } from '../support/accounts'
import { type Person, signUp } from '../support/people'

let ada: Person
let ben: Person
let cleo: Person
let group: string

beforeAll(async () => {
  ada = await signUp({ name: 'Ada', emailVerifiedAt: 1 })
  ben = await signUp({ name: 'Ben', emailVerifiedAt: 1 })
  cleo = await signUp({ name: 'Cleo', emailVerifiedAt: 1 })
  const { body: subjects } = await ada.call('GET', '/subjects?query=math')
  const made = await ada.call('POST', '/groups', { title: 'Algebra', subjectId: subjects.data[0].id })
  group = made.body.id
  for (const one of [ben, cleo]) await one.call('POST', `/groups/${group}/join`)
})

const say = async (who: Person, channelId: string, body: object) =>
  (await who.call('POST', `/channels/${channelId}/messages`, { nonce: crypto.randomUUID(), ...body })).body

/** What people were told about a message, once the room has passed it on and been told that it is kept. */
async function toldOf(messageId: string, count: number) {
  return vi.waitFor(async () => {
    const found = await rows(
      `SELECT e.type, l.user_id FROM outbox e JOIN notification_log l ON l.event_id = e.id
       WHERE e.subject_id = ? AND l.channel = 'app' AND l.state = 'sent' ORDER BY e.type, l.user_id`,
      messageId,
    )
    expect(found).toHaveLength(count)
    return found.map(({ type, user_id }) => [type, user_id])
  }, 5000)
}

test('who is named hears of it, who is answered, too, and nobody twice', async () => {
  const first = await say(ada, group, { text: `Welcome @${ben.username} and @${ada.username}` })
  expect(await toldOf(first.id, 1)).toEqual([['message.mention', ben.id]])
  const second = await say(cleo, group, { text: 'Thank you', replyTo: first.id })
  expect(await toldOf(second.id, 1)).toEqual([['message.reply', ada.id]])
  const third = await say(ben, group, { text: `@${ada.username} from me, too`, replyTo: first.id })
  expect(await toldOf(third.id, 1)).toEqual([['message.mention', ada.id]])
  const fourth = await say(ada, group, { text: 'Nobody in particular' })
  const fifth = await say(ada, group, { text: '@room Everybody' })
  expect(await toldOf(fifth.id, 2)).toEqual([ben.id, cleo.id].sort().map((id) => ['message.mention', id]))
  expect(await toldOf(fourth.id, 0)).toEqual([])
  await vi.waitFor(async () => expect(await kept(group)).toBe(0), 5000)
})

test('who is named by an edit hears of it, and who had been told does not again', async () => {
  const said = await say(ada, group, { text: `Welcome @${ben.username}` })
  expect(await toldOf(said.id, 1)).toEqual([['message.mention', ben.id]])
  const edit = (text: string) => ada.call('PATCH', `/channels/${group}/messages/${said.id}`, { text })
  await edit(`Welcome @${ben.username} and @${cleo.username}`)
  const both = [ben.id, cleo.id].sort().map((id) => ['message.mention', id])
  expect(await toldOf(said.id, 2)).toEqual(both)
  await edit('Welcome')
  await edit(`@room Welcome @${cleo.username}`)
  await vi.waitFor(async () => expect(await kept(group)).toBe(0), 5000)
  expect(await toldOf(said.id, 2)).toEqual(both)
})

test('an announcement is for everybody, a direct message for the other one', async () => {
  const announced = await ada.call('POST', `/groups/${group}/announcements`, {
    nonce: 'a-1',
    text: 'We meet on Monday',
  })
  expect(await toldOf(announced.body.id, 2)).toEqual([ben.id, cleo.id].sort().map((id) => ['message.announcement', id]))
  const { body: talk } = await ada.call('POST', '/conversations', { userId: ben.id })
  const direct = await say(ada, talk.id, { text: 'Just for you' })
  expect(await toldOf(direct.id, 1)).toEqual([['message.direct', ben.id]])
  const list = await ben.call('GET', '/notifications?limit=1')
  expect(list.body.data).toMatchObject([
    { title: 'Ada wrote to you', subject: { channelId: talk.id, messageId: direct.id, userId: ada.id } },
  ])
})

test('what the Worker has not taken is kept with the message, and told later', async () => {
  const room = env.STUDY_ROOM.getByName(group)
  // The room cannot write to D1 while its event is of a kind that D1 refuses.
  await env.DB.prepare(
    `CREATE TRIGGER nothing_taken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'away'); END`,
  ).run()
  const lost = await say(ada, group, { text: `Listen, @${cleo.username}` })
  await runInDurableObject(room, async (instance, state) => {
    state.storage.sql.exec(`UPDATE due SET at = 0 WHERE kind = 'outbox'`)
    await (instance as unknown as { alarm(): Promise<void> }).alarm()
  })
  expect(await kept(group)).toBe(1)
  expect(await toldOf(lost.id, 0)).toEqual([])
  await env.DB.prepare('DROP TRIGGER nothing_taken').run()
  await runInDurableObject(room, (instance) => (instance as unknown as { alarm(): Promise<void> }).alarm())
  await runInDurableObject(room, async (instance, state) => {
    state.storage.sql.exec(`UPDATE due SET at = 0 WHERE kind = 'outbox'`)
    await (instance as unknown as { alarm(): Promise<void> }).alarm()
  })
  expect(await toldOf(lost.id, 1)).toEqual([['message.mention', cleo.id]])
  expect(await kept(group)).toBe(0)
})

/** How many events a room still holds. */
const kept = (channelId: string) =>
  runInDurableObject(env.STUDY_ROOM.getByName(channelId), (_, state) =>
    Number(state.storage.sql.exec('SELECT count(*) AS n FROM outbox').one().n),
  )
