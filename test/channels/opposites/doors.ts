import { expect } from 'vitest'
import { expectWhole, gives, goes, hands, makeGroup, makeRoom, type Scenarios, stored, took, wantsIn } from './cast'

/** Who comes in and who goes. */
export const doors: Scenarios = {
  'join and delete the room': async (cast) => {
    const { owner, cem } = cast
    const { id, path } = await makeRoom(cast, [])
    return {
      doings: [wantsIn(cem, path), () => owner.call('DELETE', path)],
      async settled() {
        expect((await expectWhole(cast, id)).isGone).toBe(true)
        expect((await cem.call('GET', path)).status).toBe(404)
        expect((await cem.call('GET', `/channels/${id}/messages`)).status).toBe(404)
      },
    }
  },

  'promote somebody who leaves': async (cast) => {
    const { owner, ada } = cast
    const { id, path } = await makeRoom(cast, [ada])
    return {
      doings: [gives(owner, path, ada, 'moderator'), goes(ada, path)],
      async settled() {
        expect((await expectWhole(cast, id)).has(ada)).toBe(false)
        await ada.call('POST', `${path}/join`)
        expect((await expectWhole(cast, id)).roleOf(ada)).toBe('member')
      },
    }
  },

  'hand the room to somebody who leaves': async (cast) => {
    const { owner, ada } = cast
    const { id, path } = await makeRoom(cast, [ada])
    return {
      doings: [hands(owner, path, ada), goes(ada, path)],
      async settled([handed, left]) {
        expect(took(handed) && took(left)).toBe(false)
        expect((await expectWhole(cast, id)).ownerId).toBe(took(handed) ? ada.id : owner.id)
      },
    }
  },

  'the last leader leaves while another is promoted': async (cast) => {
    const { owner, ada, ben } = cast
    const { id, path } = await makeGroup(cast, [ada, ben])
    return {
      doings: [goes(owner, path), gives(owner, path, ben, 'moderator'), goes(ada, path)],
      async settled([left]) {
        const whole = await expectWhole(cast, id)
        expect([whole.isGone, whole.has(owner), whole.has(ben)]).toEqual([false, !took(left), true])
      },
    }
  },

  'all leave a group that somebody joins': async (cast) => {
    const { owner, ada, cem } = cast
    const { id, path } = await makeGroup(cast, [ada])
    return {
      doings: [goes(owner, path), goes(ada, path), wantsIn(cem, path)],
      async settled([, , joined]) {
        const whole = await expectWhole(cast, id)
        if (!whole.isGone) expect(whole.has(cem)).toBe(took(joined))
        else expect(took(joined), 'nobody is in what is gone').toBe(false)
      },
    }
  },

  'wait, join, and leave a full room': async (cast) => {
    const { ada, ben, cem } = cast
    const { id, path } = await makeRoom(cast, [ada, ben], { maxParticipants: 3 })
    return {
      doings: [goes(ada, path), () => cem.call('PUT', `${path}/waitlist`), wantsIn(cem, path), goes(ben, path)],
      async settled() {
        const whole = await expectWhole(cast, id)
        expect(whole.seatsLeft > 0 && whole.waits(cem), 'nobody waits beside a free seat').toBe(false)
      },
    }
  },

  'give up waiting while a seat comes free': async (cast) => {
    const { ada, cem } = cast
    const { id, path } = await makeRoom(cast, [ada], { maxParticipants: 2 })
    await cem.call('PUT', `${path}/waitlist`)
    return {
      doings: [goes(ada, path), () => cem.call('DELETE', `${path}/waitlist`), wantsIn(ada, path)],
      async settled() {
        const whole = await expectWhole(cast, id)
        expect(whole.waits(cem)).toBe(false)
        expect(whole.seatsLeft).toBeGreaterThanOrEqual(0)
      },
    }
  },

  'lower the limit while somebody joins': async (cast) => {
    const { owner, cem } = cast
    const { id, path } = await makeRoom(cast, [cast.ada], { maxParticipants: 3 })
    return {
      doings: [() => owner.call('PATCH', path, { maxParticipants: 2 }), wantsIn(cem, path)],
      async settled([lowered, joined]) {
        expect([took(lowered), took(joined)].filter(Boolean)).toHaveLength(1)
        await expectWhole(cast, id)
      },
    }
  },

  'accept and decline an invitation': async (cast) => {
    const { owner, cem } = cast
    const { id, path } = await makeRoom(cast, [], { visibility: 'private' })
    const { body } = await owner.call('POST', `${path}/invitations`, { userId: cem.id })
    return {
      doings: [
        () => cem.call('POST', `/invitations/${body.id}/accept`),
        () => cem.call('POST', `/invitations/${body.id}/decline`),
      ],
      async settled([accepted, declined]) {
        expect([took(accepted), took(declined)].filter(Boolean)).toHaveLength(1)
        expect((await expectWhole(cast, id)).has(cem)).toBe(took(accepted))
      },
    }
  },

  'approve, deny and take back a request to join': async (cast) => {
    const { owner, ada, cem } = cast
    const { id, path } = await makeGroup(cast, [], { joinPolicy: 'request' })
    await cem.call('POST', `${path}/join`)
    await ada.call('POST', `${path}/join`)
    return {
      doings: [
        () => owner.call('POST', `${path}/requests/${cem.id}/approve`),
        () => owner.call('POST', `${path}/requests/${cem.id}/deny`),
        goes(ada, path),
        () => owner.call('POST', `${path}/requests/${ada.id}/approve`),
      ],
      async settled([approved, denied]) {
        const whole = await expectWhole(cast, id)
        expect([took(approved), took(denied)].filter(Boolean)).toHaveLength(1)
        expect(whole.has(cem)).toBe(took(approved))
        expect(await stored(`join_requests WHERE channel_id = ? AND state = 'open'`, id)).toBe(0)
      },
    }
  },

  'use a link and take it back': async (cast) => {
    const { owner, cem } = cast
    const { id, path } = await makeRoom(cast, [], { visibility: 'private' })
    const { body } = await owner.call('POST', `${path}/invite-links`)
    return {
      doings: [
        () => cem.call('POST', `/invite-links/${body.code}/join`),
        () => owner.call('DELETE', `${path}/invite-links/${body.code}`),
      ],
      async settled([joined]) {
        expect((await expectWhole(cast, id)).has(cem)).toBe(took(joined))
        expect((await cem.call('GET', `/invite-links/${body.code}`)).status).toBe(404)
      },
    }
  },

  'put a group to rest while somebody joins': async (cast) => {
    const { owner, cem } = cast
    const { id, path } = await makeGroup(cast, [])
    return {
      doings: [() => owner.call('PATCH', path, { status: 'inactive' }), wantsIn(cem, path)],
      async settled([, joined]) {
        expect((await expectWhole(cast, id)).has(cem)).toBe(took(joined))
      },
    }
  },
}
