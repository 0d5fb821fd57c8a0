import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { Person } from '../../support/people'
import {
  bans,
  expectWhole,
  gives,
  goes,
  hands,
  inAMinute,
  kicks,
  makeRoom,
  type Scenarios,
  say,
  stored,
  took,
  wantsIn,
} from './cast'

/** What moderators do, and what is said against it. */
export const judgements: Scenarios = {
  'two moderators remove and ban each other': async (cast) => {
    const { first, second } = cast
    const { id, path } = await makeRoom(cast, [first, second])
    return {
      doings: [kicks(first, path, second), bans(second, path, first), kicks(second, path, first)],
      async settled(replies) {
        expect(replies.map(({ status }) => status)).toEqual([403, 403, 403])
        const whole = await expectWhole(cast, id)
        expect([whole.roleOf(first), whole.roleOf(second)]).toEqual(['moderator', 'moderator'])
      },
    }
  },

  'demote a moderator who bans somebody': async (cast) => {
    const { owner, first, ada } = cast
    const { id, path } = await makeRoom(cast, [first, ada])
    return {
      doings: [gives(owner, path, first, 'member'), bans(first, path, ada)],
      async settled([, banned]) {
        const whole = await expectWhole(cast, id)
        expect(whole.roleOf(first)).toBe('member')
        expect(whole.has(ada)).toBe(!took(banned))
        expect(await stored('bans WHERE channel_id = ?', id)).toBe(Number(took(banned)))
        expect(await stored('moderation_actions WHERE channel_id = ?', id)).toBe(Number(took(banned)))
      },
    }
  },

  'hand the room to somebody who is banned, twice at once': async (cast) => {
    const { owner, first, ada } = cast
    const { id, path } = await makeRoom(cast, [first, ada])
    return {
      doings: [hands(owner, path, ada), bans(owner, path, ada), bans(first, path, ada)],
      async settled([handed, ...banned]) {
        const whole = await expectWhole(cast, id)
        // Who owns it at the end was not banned afterwards, and who was banned does not own it.
        expect(whole.ownerId).toBe(took(handed) ? ada.id : owner.id)
        expect(whole.has(ada)).toBe(took(handed) || !banned.some(took))
      },
    }
  },

  'ban somebody who joins': async (cast) => {
    const { owner, cem } = cast
    const { id, path } = await makeRoom(cast, [])
    return {
      doings: [bans(owner, path, cem), wantsIn(cem, path), wantsIn(cem, path)],
      async settled() {
        expect((await expectWhole(cast, id)).has(cem)).toBe(false)
        expect((await cem.call('POST', `${path}/join`)).body.code).toBe('room.banned')
      },
    }
  },

  'ban somebody and lift the ban': async (cast) => {
    const { owner, first, ada } = cast
    const { id, path } = await makeRoom(cast, [first, ada])
    return {
      doings: [bans(first, path, ada), () => owner.call('DELETE', `${path}/bans/${ada.id}`), wantsIn(ada, path)],
      async settled() {
        const isBanned = (await stored('bans WHERE channel_id = ?', id)) === 1
        expect((await expectWhole(cast, id)).has(ada) && isBanned).toBe(false)
        expect(await stored('moderation_actions WHERE channel_id = ? AND lifted_at IS NULL', id)).toBe(Number(isBanned))
      },
    }
  },

  'time somebody out and take it back': async (cast) => {
    const { owner, first, ada } = cast
    const { id, path } = await makeRoom(cast, [first, ada])
    return {
      doings: [
        () => first.call('PUT', `${path}/timeouts/${ada.id}`, { until: inAMinute() }),
        () => owner.call('DELETE', `${path}/timeouts/${ada.id}`),
      ],
      async settled() {
        const isTimedOut = (await stored('timeouts WHERE channel_id = ?', id)) === 1
        expect((await say(ada, id)).code ?? 'said').toBe(isTimedOut ? 'channel.timed_out' : 'said')
        expect(await stored('moderation_actions WHERE channel_id = ? AND lifted_at IS NULL', id)).toBe(
          Number(isTimedOut),
        )
      },
    }
  },

  'remove somebody who leaves': async (cast) => {
    const { owner, first, ada } = cast
    const { id, path } = await makeRoom(cast, [first, ada])
    return {
      doings: [kicks(owner, path, ada), goes(ada, path), kicks(first, path, ada)],
      async settled([byOwner, , byModerator]) {
        expect((await expectWhole(cast, id)).has(ada)).toBe(false)
        const kicked = [byOwner, byModerator].filter(took).length
        expect(kicked).toBeLessThanOrEqual(1)
        expect(await stored(`audit_log WHERE event = 'member.removed' AND details LIKE ?`, `%${id}%`)).toBe(kicked)
        expect(await stored('moderation_actions WHERE channel_id = ?', id)).toBe(kicked)
      },
    }
  },

  'close one report in two ways': async (cast) => {
    const { owner, first, ada, ben } = cast
    const { id } = await makeRoom(cast, [first, ada, ben])
    const message = await say(ben, id)
    const { body } = await ada.call('POST', `/channels/${id}/messages/${message.id}/report`, { reason: 'spam' })
    await env.DB.prepare('UPDATE reports SET created_at = 1 WHERE id = ?').bind(body.id).run()
    const close = (by: Person, outcome: string) => () => by.call('POST', `/reports/${body.id}/resolve`, { outcome })
    return {
      doings: [close(owner, 'resolved'), close(first, 'dismissed'), close(owner, 'resolved')],
      async settled(replies) {
        const state = (await ada.call('GET', `/reports/${body.id}`)).body.state
        expect(replies.filter(took).every((reply) => reply.body.state === state)).toBe(true)
        expect(took(replies[1])).toBe(state === 'dismissed')
        expect(await stored(`audit_log WHERE subject_id = ? AND event <> 'report.made'`, body.id)).toBe(1)
      },
    }
  },

  'grant and deny one appeal while the ban is lifted': async (cast) => {
    const { owner, first, ada } = cast
    const { id, path } = await makeRoom(cast, [first, ada])
    await owner.call('PUT', `${path}/bans/${ada.id}`, {})
    const action = (await ada.call('GET', '/moderation?limit=1')).body.data[0].id
    await ada.call('POST', `/moderation/${action}/appeal`, { text: 'Please' })
    const answer = (by: Person, outcome: string) => () =>
      by.call('POST', `/moderation/${action}/appeal/answer`, { outcome })
    return {
      doings: [answer(owner, 'granted'), answer(first, 'denied'), wantsIn(ada, path)],
      async settled([granted, denied, joined]) {
        expect([took(granted), took(denied)].filter(Boolean)).toHaveLength(1)
        expect(await stored('bans WHERE channel_id = ?', id)).toBe(took(granted) ? 0 : 1)
        expect((await expectWhole(cast, id)).has(ada)).toBe(took(joined))
        expect(
          await stored(
            `audit_log WHERE event IN ('appeal.granted', 'appeal.denied') AND details LIKE ?`,
            `%${action}%`,
          ),
        ).toBe(1)
      },
    }
  },

  'write while being banned with a purge': async (cast) => {
    const { owner, ada, ben } = cast
    const { id, path } = await makeRoom(cast, [ada, ben])
    const writes = () => ada.call('POST', `/channels/${id}/messages`, { nonce: crypto.randomUUID(), text: 'Spam' })
    await writes()
    return {
      doings: [writes, bans(owner, path, ada, { purge: true }), writes, writes],
      async settled() {
        expect((await expectWhole(cast, id)).has(ada)).toBe(false)
        await expect
          .poll(async () =>
            (await ben.call('GET', `/channels/${id}/messages`)).body.data.map(({ text }: { text: string }) => text),
          )
          .not.toContain('Spam')
      },
    }
  },
}
