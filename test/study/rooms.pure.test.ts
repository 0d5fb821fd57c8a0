import { describe, expect, test } from 'vitest'
import { upgradeSchema } from '../../src/channels/live/schema'
import type { StudyNews } from '../../src/channels/live/study-contract'
import type { Seat } from '../../src/study/live/log'
import { StudyRooms } from '../../src/study/live/rooms'
import { studySteps, studyVersionTable } from '../../src/study/live/schema'
import { act, begin } from '../../src/study/rules/clock'
import { memorySql } from '../live/support'

/** What a person's object tells rooms of what is studied there (docs/study.md S21). */

const start = 1_000_000
const zone = { timezone: 'UTC', dayStartHour: 0 }

function seat(roomId: string | null, now = start): Seat {
  const topic = { roomId, subjectId: 'sub_1', todoId: null, task: 'Rings' }
  return {
    session: begin({ id: 'stu_1', now, autoEndMinutes: 120, ...zone, ...topic }),
    skips: [],
    subjectName: 'Algebra',
  }
}

function kept() {
  const sql = memorySql()
  upgradeSchema(sql, studySteps, studyVersionTable)
  return { sql, rooms: new StudyRooms(sql) }
}

type Told = [roomId: string, study: StudyNews['study'], rev: number]

/** Tells the rooms, those but `away`, and returns what they heard. */
async function told(rooms: StudyRooms, now = start, away: string[] = []): Promise<Told[]> {
  const heard: Told[] = []
  await rooms.tell(async (roomId, { study, rev }) => {
    if (away.includes(roomId)) return false
    heard.push([roomId, study, rev])
    return true
  }, now)
  return heard
}

const study = {
  ...{ state: 'active', since: start, startedAt: start, subject: { id: 'sub_1', name: 'Algebra' }, task: 'Rings' },
  until: start + 120 * 60_000,
}

describe('S21 a room', () => {
  test('hears of what is studied there, once, and of its end', async () => {
    const { rooms } = kept()
    rooms.plan(seat('room_a'), start)
    expect(rooms.nextAt()).toBe(start + 60_000)
    expect(await told(rooms)).toEqual([['room_a', study, start]])
    expect([rooms.nextAt(), await told(rooms)]).toEqual([null, []])
    rooms.plan(null, start + 5000)
    expect(await told(rooms)).toEqual([['room_a', null, start + 5000]])
    expect(rooms.nextAt()).toBeNull()
  })

  test('hears nothing of pings, and of what others see at once', async () => {
    const { rooms } = kept()
    const first = seat('room_a')
    rooms.plan(first, start)
    await told(rooms)
    const pinged = { ...first, session: act(first.session, { do: 'ping', active: true }, start + 60_000) }
    rooms.plan(pinged, start + 60_000)
    expect(rooms.nextAt()).toBeNull()
    const paused = { ...first, session: act(pinged.session, { do: 'pause' }, start + 70_000) }
    rooms.plan(paused, start + 70_000)
    expect(await told(rooms)).toEqual([['room_a', { ...study, state: 'pause', since: start + 70_000 }, start + 70_000]])
  })

  test('of a session in no room hears nothing, and nothing is written', async () => {
    const { sql, rooms } = kept()
    rooms.plan(seat(null), start)
    expect([rooms.nextAt(), await told(rooms), [...sql.exec('SELECT * FROM study_shown')]]).toEqual([null, [], []])
  })

  test('that is away hears it later, and keeps no other from hearing', async () => {
    const { rooms } = kept()
    rooms.plan(seat('room_a'), start)
    await told(rooms)
    rooms.plan(null, start + 1000)
    rooms.plan(seat('room_b', start + 2000), start + 2000)
    expect((await told(rooms, start + 2000, ['room_a'])).map(([roomId]) => roomId)).toEqual(['room_b'])
    expect(rooms.nextAt()).toBe(start + 62_000)
    expect(await told(rooms, start + 62_000)).toEqual([['room_a', null, start + 1000]])
  })

  test('hears after a crash what it had not heard before it, and nothing twice', async () => {
    const { sql, rooms } = kept()
    rooms.plan(seat('room_a'), start)
    const woken = new StudyRooms(sql)
    expect(woken.nextAt()).not.toBeNull()
    expect(await told(woken)).toHaveLength(1)
    expect(new StudyRooms(sql).nextAt()).toBeNull()
  })

  test('hears last what is last, also of what changes while it is told', async () => {
    const { rooms } = kept()
    const states: (string | undefined)[] = []
    const first = seat('room_a')
    rooms.plan(first, start)
    await rooms.tell(async (_, { study }) => {
      states.push(study?.state)
      if (states.length === 1) rooms.plan({ ...first, session: act(first.session, { do: 'pause' }, start) }, start)
      return true
    }, start)
    expect([states, rooms.nextAt()]).toEqual([['active', 'pause'], null])
  })

  test('takes each change for newer than the one before, whatever the clock does', async () => {
    const { sql, rooms } = kept()
    const revs: number[] = []
    const next = async (of: StudyRooms, now: number) => {
      of.plan(seat('room_a', now), now)
      of.plan(null, now)
      of.plan(seat('room_b', now), now)
      of.plan(null, now)
      revs.push(...(await told(of, now)).map(([, , rev]) => rev))
    }
    await next(rooms, start)
    await next(rooms, start - 60_000)
    await next(new StudyRooms(sql), start - 120_000)
    expect(revs).toEqual([...revs].sort((a, b) => a - b))
    expect(new Set(revs).size).toBe(revs.length)
  })

  test('where nobody studies any more leaves at most one row behind', async () => {
    const { sql, rooms } = kept()
    for (const roomId of ['room_a', 'room_b', 'room_c']) {
      rooms.plan(seat(roomId), start)
      rooms.plan(null, start)
      await told(rooms)
    }
    expect([...sql.exec('SELECT room_id, study FROM study_shown')]).toEqual([{ room_id: 'room_c', study: 'null' }])
  })
})
