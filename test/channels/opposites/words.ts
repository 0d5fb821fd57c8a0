import { expect } from 'vitest'
import { makeRoom, type Scenarios, say, stored, took } from './cast'

/** What people say and are to each other. */
export const words: Scenarios = {
  'accept and take back a friend request': async (cast) => {
    const { ada, cem } = cast
    await ada.call('DELETE', `/friends/${cem.id}`)
    const { body } = await ada.call('POST', '/friends/requests', { userId: cem.id })
    return {
      doings: [
        () => cem.call('POST', `/friends/requests/${body.id}/accept`),
        () => ada.call('DELETE', `/friends/requests/${body.id}`),
      ],
      async settled([accepted, withdrawn]) {
        expect([took(accepted), took(withdrawn)].filter(Boolean)).toHaveLength(1)
        expect(await stored('friendships WHERE user_id IN (?1, ?2) AND friend_id IN (?1, ?2)', ada.id, cem.id)).toBe(
          took(accepted) ? 2 : 0,
        )
        expect(await stored('friend_requests WHERE id = ?', body.id)).toBe(0)
      },
    }
  },

  'accept a friend request and block whoever asked': async (cast) => {
    const { ben, cem } = cast
    await cem.call('DELETE', `/blocks/${ben.id}`)
    const { body } = await ben.call('POST', '/friends/requests', { userId: cem.id })
    return {
      doings: [
        () => cem.call('POST', `/friends/requests/${body.id}/accept`),
        () => cem.call('PUT', `/blocks/${ben.id}`),
      ],
      async settled() {
        expect(await stored('blocks WHERE blocker_id = ? AND blocked_id = ?', cem.id, ben.id)).toBe(1)
        expect(await stored('friendships WHERE user_id = ? AND friend_id = ?', ben.id, cem.id)).toBe(0)
        expect(await stored('friend_requests WHERE id = ?', body.id)).toBe(0)
      },
    }
  },

  'block and write': async (cast) => {
    const { ada, ben } = cast
    await ben.call('DELETE', `/blocks/${ada.id}`)
    const { body } = await ada.call('POST', '/conversations', { userId: ben.id })
    const before = (await ben.call('GET', `/channels/${body.id}/messages?limit=100`)).body.data.length
    return {
      doings: [
        () => ben.call('PUT', `/blocks/${ada.id}`),
        () => ada.call('POST', `/channels/${body.id}/messages`, { nonce: crypto.randomUUID(), text: 'x' }),
        () => ben.call('POST', `/channels/${body.id}/messages`, { nonce: crypto.randomUUID(), text: 'y' }),
      ],
      async settled([, ...said]) {
        const after = (await ben.call('GET', `/channels/${body.id}/messages?limit=100`)).body.data.length
        expect(after - before).toBe(said.filter(took).length)
        expect((await say(ada, body.id)).code).toBe('channel.frozen')
      },
    }
  },

  'edit, pin, answer with an emoji, report and delete a message': async (cast) => {
    const { owner, ada, ben } = cast
    const { id } = await makeRoom(cast, [ada, ben])
    const message = await say(ben, id)
    const path = `/channels/${id}/messages/${message.id}`
    return {
      doings: [
        () => owner.call('DELETE', path, { reason: 'Off topic' }),
        () => ben.call('PATCH', path, { text: 'Changed' }),
        () => owner.call('PUT', `/channels/${id}/pins/${message.id}`),
        () => ada.call('PUT', `${path}/reactions/${encodeURIComponent('👍')}`),
        () => ada.call('POST', `${path}/report`, { reason: 'other' }),
      ],
      async settled([deleted, , , , reported]) {
        expect([took(deleted), took(reported)]).toEqual([true, true])
        expect((await ada.call('GET', path)).body).toMatchObject({ text: '', reactions: [], pinnedAt: null })
        expect((await owner.call('GET', `/channels/${id}/pins`)).body.data).toEqual([])
        const { content } = (await owner.call('GET', `/reports/${reported?.body.id}`)).body
        expect(['Hello', 'Changed']).toContain(content.text)
      },
    }
  },
}
