import type { RoomLimits } from '../src/app/config'
import type { Visitor } from '../src/channels/live/contract'
import { freshTally, graceMs, sweepEveryMs } from '../src/channels/live/presence'
import { assertNever, closeCodes } from '../src/channels/live/protocol'
import { upgradeSchema } from '../src/channels/live/schema'
import type { FriendsFound, Shown } from '../src/inbox/contract'
import {
  applyToInbox,
  emptyInbox,
  type InboxDueKind,
  type InboxEffect,
  type InboxEvent,
  type InboxState,
} from '../src/inbox/live/inbox'
import { InboxLog } from '../src/inbox/live/log'
import { sameShown } from '../src/inbox/live/presence'
import { type InboxServerEvent, parseInboxFrame } from '../src/inbox/live/protocol'
import { inboxSteps } from '../src/inbox/live/schema'
import { newId } from '../src/shared/ids'
import { Connection } from './connection'
import { readFrame, redeemTicket } from './entry'
import { turnAway } from './goodbye'
import { Sockets } from './sockets'

/** How long what comes for one person waits for company: a storm of it reaches them as a few frames (L7). */
const windowMs = 250

const idleDevice = { state: 'idle', text: null, until: null } as const

/** One person's inbox while its object is awake: hands each event to the core and does what the core says. */
export class LiveInbox {
  readonly log: InboxLog
  readonly sockets: Sockets<InboxServerEvent>
  state: InboxState
  /** When the object is woken next, as far as it knows. */
  alarmAt: number | null = null
  /**
   * When what is silent is ended next. Nothing stores it: a row each minute for everybody who is online would be most of
   * what an inbox costs. After sleep it is when the alarm is, whatever that was set for.
   */
  sweepAt: number | null = null
  /** The socket that is just being opened. */
  private opening: Connection | null = null

  constructor(
    private readonly ctx: DurableObjectState,
    private readonly limits: RoomLimits,
    /** When the study clock wants to be woken; null for never. */
    private readonly clockAt: () => number | null,
  ) {
    const { sql } = ctx.storage
    ctx.storage.transactionSync(() => upgradeSchema(sql, inboxSteps))
    this.log = new InboxLog(sql, limits)
    const own = { ...limits, ROOM_WINDOW_MICROSECONDS_PER_SOCKET: windowMs * 1000, ROOM_WINDOW_MAX_MS: windowMs }
    const nothing = { type: 'closing' as const, code: closeCodes.left, reconnect: true }
    this.sockets = new Sockets<InboxServerEvent>(
      ctx,
      own,
      () => [],
      () => nothing,
      (who) => this.end(who, 'behind'),
    )
    const open = this.sockets.all().sort((a, b) => a.who.openedAt - b.who.openedAt)
    this.state = {
      ...emptyInbox,
      sockets: open.map(({ who }) => ({
        ...{ id: who.socketId, bad: freshTally, seenAt: 0 },
        idle: who.status?.state === 'idle',
      })),
      present: open.length > 0 || this.log.told() !== null,
      status: this.log.status(),
    }
  }

  hearOfFriend(userId: string, shown: Shown): void {
    const before = this.log.friends.find(userId)
    if (before !== undefined && sameShown(before, shown)) return
    this.log.friends.keep(userId, shown)
    if (shown) this.sockets.toAll({ type: 'friend.changed', userId, ...shown }, true)
    else if (before) this.sockets.toAll({ type: 'friend.changed', userId, state: 'offline' }, true)
  }

  loseFriend(userId: string): void {
    const before = this.log.friends.find(userId)
    this.log.friends.remove(userId)
    if (before) this.sockets.toAll({ type: 'friend.changed', userId, state: 'offline' }, true)
  }

  /** Takes who is online among the friends now. @returns those who no longer are */
  takeFriends({ hides, friends }: FriendsFound): string[] {
    this.log.keepHides(hides)
    const found = new Set(friends.map(({ userId }) => userId))
    const lost = this.log.friends.list().flatMap(({ userId }) => (found.has(userId) ? [] : [userId]))
    for (const userId of lost) this.loseFriend(userId)
    for (const { userId, shown } of friends) this.hearOfFriend(userId, shown)
    return lost
  }

  toldFriends(shown: Shown, now: number): void {
    this.state = { ...this.state, toldAt: now }
    if (!sameShown(shown, this.log.told())) this.log.keepTold(shown)
  }

  /** D1 takes the person for online until then; who does not come is not, once the ticket is over. */
  keepOnline(until: number): void {
    this.log.keepOnlineUntil(until)
    if (this.sockets.size === 0) this.wakeAt('gone', '', Date.now() + graceMs)
  }

  keepTicket(hash: string, visitor: Visitor, seconds: number): void {
    const now = Date.now()
    this.log.tickets.add(hash, visitor, now + seconds * 1000)
    this.sweepBy(now + sweepEveryMs)
  }

  private sweepBy(at: number): void {
    if (this.sweepAt !== null) return
    this.sweepAt = at
    this.wakeBy(at)
  }

  /** After sleep. @param alarmAt when the alarm is; null while it runs */
  foundAlarm(alarmAt: number | null, now: number): void {
    this.alarmAt = alarmAt
    if (this.sockets.size > 0 || this.log.tickets.areWaiting()) this.sweepAt = Math.max(now, alarmAt ?? now)
  }

  /** Redeems the ticket and lets the socket in, or accepts it only to say why it is closed (L3). */
  open(socket: WebSocket, request: Request, ticketHash: string): void {
    const now = Date.now()
    const visitor = redeemTicket(this.log.tickets, ticketHash, request, now)
    if (!visitor) {
      turnAway(socket, closeCodes.signedOut)
      return
    }
    const { userId, sessionId, sessionEndsAt, transport } = visitor
    const socketId = newId('socket')
    const who = { socketId, userId, sessionId, sessionEndsAt, transport, openedAt: now, resuming: false, status: null }
    this.opening = new Connection(socket, who)
    this.run({ type: 'socket.opened', socketId, now })
    this.opening = null
    this.sweepBy(now + sweepEveryMs)
    this.settle()
  }

  receive(socket: WebSocket, data: string | ArrayBuffer): void {
    const connection = this.sockets.find(socket)
    if (!connection) return
    const now = Date.now()
    connection.heardAt = now
    const { socketId } = connection.who
    const parsed = readFrame(data, this.limits.ROOM_FRAME_BYTES, parseInboxFrame)
    if ('flaw' in parsed) this.run({ type: 'frame.refused', socketId, flaw: parsed.flaw, now })
    else this.run({ type: 'frame', socketId, frame: parsed.frame, now })
    this.settle()
  }

  lost(socket: WebSocket): void {
    const connection = this.sockets.find(socket)
    if (!connection) return
    this.sockets.forget(connection)
    this.run({ type: 'socket.closed', socketId: connection.who.socketId, now: Date.now() })
    this.settle()
  }

  /** Ends one socket from our side. */
  end({ socketId }: { socketId: string }, why: 'silent' | 'behind' | 'session'): void {
    this.run({ type: 'socket.ended', socketId, why, now: Date.now() })
  }

  dropSession(sessionId: string): void {
    this.log.tickets.voidSession(sessionId)
    for (const { who } of this.sockets.all()) if (who.sessionId === sessionId) this.end(who, 'session')
    this.settle()
  }

  /** Lets the core decide and does what it says, all in this turn: what is heard has been stored (L11). */
  run(event: InboxEvent): void {
    try {
      const { state, effects } = applyToInbox(this.state, this.log, event)
      this.state = state
      for (const effect of effects) this.perform(effect)
    } catch (error) {
      // Memory may be ahead of storage now; the object starts again from what is stored.
      this.ctx.abort('an inbox event failed')
      throw error
    }
  }

  private perform(effect: InboxEffect): void {
    const { sockets } = this
    switch (effect.do) {
      case 'keepMark':
        this.log.marks.keep(effect.channelId, effect.mark)
        break
      case 'keepStatus':
        this.log.keepStatus(effect.status)
        break
      case 'keepIdle':
        sockets.keep(effect.socketId, { status: effect.idle ? idleDevice : null })
        break
      case 'admit':
        if (this.opening) sockets.admit(this.opening, effect.ready, null, 'live')
        break
      case 'toAll':
        sockets.toAll(effect.event, effect.loose ?? false)
        break
      case 'toSocket':
        sockets.toSocket(effect.socketId, effect.event)
        break
      case 'countSeen':
        sockets.countSeen(effect.socketId, effect.n)
        break
      case 'close':
        sockets.close(effect.socketId, effect.code)
        break
      case 'wakeAt':
        this.wakeAt(effect.kind, '', effect.at)
        break
      case 'letSleep':
        this.log.agenda.letSleep(effect.kind, '')
        break
      default:
        assertNever(effect)
    }
  }

  /** Plans something for the object's one alarm; never later than it is planned already. */
  wakeAt(kind: InboxDueKind, key: string, at: number): void {
    this.log.agenda.wakeAt(kind, key, at)
    if (this.alarmAt === null || at < this.alarmAt) this.planAlarm()
  }

  /** For what wants to be woken at a time of its own. */
  wakeBy(at: number | null): void {
    if (at !== null && (this.alarmAt === null || at < this.alarmAt)) this.planAlarm()
  }

  /** Sets the object's one alarm to the earliest that is due. */
  planAlarm(): void {
    const times = [this.log.agenda.nextAt(), this.clockAt(), this.sweepAt].filter((at) => at !== null)
    this.alarmAt = times.length === 0 ? null : Math.min(...times)
    if (this.alarmAt !== null) void this.ctx.storage.setAlarm(this.alarmAt)
  }

  settle(): void {
    this.sockets.settle()
  }
}
