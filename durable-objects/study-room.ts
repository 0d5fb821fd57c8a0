import { DurableObject } from 'cloudflare:workers'
import { type Config, readConfig } from '../src/app/config'
import { errorFields, makeLog } from '../src/app/log'
import { claimAttachments } from '../src/channels/live/attachments-store'
import type * as contract from '../src/channels/live/contract'
import { type RoomObject, ticketHeader } from '../src/channels/live/object-contract'
import { presentNow, sweepEveryMs } from '../src/channels/live/presence'
import { closeCodes } from '../src/channels/live/protocol'
import { looksAfter, whyBarred } from '../src/channels/live/rights'
import { isStored } from '../src/channels/live/schema'
import type { StudyNews } from '../src/channels/live/study-contract'
import { timerNow } from '../src/channels/live/timer'
import type { TimerView } from '../src/channels/live/timer-contract'
import { openDb } from '../src/shared/db'
import { proofEveryMs } from '../src/study/live/desk'
import { idFor, upgradeWith } from './entry'
import { eraseMember } from './forgetting'
import { turnAway } from './goodbye'
import { LiveRoom } from './live-room'
import { runDue } from './room-alarm'
import type { ClaimFiles } from './room-files'
import { forwardDueMarks, forwardMarks } from './room-report'
import { hashTicket, newTicket, ticketSeconds } from './tickets'

type Outcome<T> = contract.Outcome<T>

/** How many new messages a search indexes before it answers: under half a second. What is older than them waits. */
const indexedBySearch = 10_000

const unknown = { ok: false, code: 'channel.membership_required' } as const

/** One channel's object: what the Worker and the runtime may call. Everything else is in LiveRoom and in the core. */
export class StudyRoom extends DurableObject<Env> implements RoomObject {
  private readonly config: Config
  /** Null until the Worker has told of the channel: an object that was only asked for stores nothing. */
  private room: LiveRoom | null = null
  /** When somebody's study clock was last told that they are there. */
  private readonly provenAt = new Map<string, number>()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const settings = readConfig(env)
    if (!settings.ok) throw new Error(`Studyhall is not set up: ${settings.problems.join('; ')}`)
    this.config = settings.config
    // The runtime answers heartbeats by itself, without waking the object (L6).
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
    if (isStored(ctx.storage.sql)) this.room = this.makeRoom()
  }

  private makeRoom(): LiveRoom {
    const { ctx, config, env } = this
    const claimFiles: ClaimFiles = (channelId, userId, uploadIds) => {
      const scanned = config.CLAMD_ADDRESS !== ''
      return claimAttachments(openDb(env.DB), { channelId, userId, uploadIds, scanned, now: Date.now() })
    }
    return new LiveRoom(ctx, config, claimFiles, (userId) => ctx.waitUntil(this.prove(userId)))
  }

  /** At most once a minute for each person: more often their clock would not write it down. */
  private async prove(userId: string): Promise<void> {
    const now = Date.now()
    if (now - (this.provenAt.get(userId) ?? 0) < proofEveryMs) return
    this.provenAt.set(userId, now)
    try {
      await this.env.USER_INBOX.getByName(userId).proveActivity()
    } catch (error) {
      makeLog({ object: 'StudyRoom' }).warn('study.unreachable', errorFields(error))
    }
  }

  async apply({ channel, members }: Parameters<RoomObject['apply']>[0]): Promise<void> {
    this.room ??= this.makeRoom()
    this.room.take(channel, members)
    await forwardDueMarks(this.room, this.env)
  }

  async issueTicket(
    visitor: contract.Visitor,
    channel: contract.ChannelReplica,
    member: contract.MemberReplica,
  ): Promise<Outcome<{ ticket: string; expiresIn: number }>> {
    const ticket = newTicket()
    const hash = await hashTicket(ticket)
    this.room ??= this.makeRoom()
    this.room.take(channel, [member])
    const barred = whyBarred(this.room.log, visitor.userId)
    if (barred) return { ok: false, code: barred }
    this.room.keepTicket(hash, visitor, ticketSeconds)
    return { ok: true, value: { ticket, expiresIn: ticketSeconds } }
  }

  async command(
    userId: string,
    command: contract.ChannelCommand,
    nonce: string | null,
  ): Promise<Outcome<contract.CommandResult>> {
    const { room } = this
    if (!room) return unknown
    const wanted = command.type === 'message.send' ? command.attachments : undefined
    const files = wanted && (await room.files.of(userId, nonce, wanted))
    // It may have been purged while D1 was asked.
    if (this.room !== room) return unknown
    const answer = room.run({ type: 'command', userId, command, nonce, id: idFor(command), files, now: Date.now() })
    room.settle()
    if (!answer?.ok) return answer ?? unknown
    const { messageId, seq = 0, repeated } = answer
    if (command.type === 'read') {
      if (room.log.markWaits(userId) || room.log.heldMark(userId)) await forwardMarks(room, this.env, [userId])
      return { ok: true, value: { kind: 'read', seq } }
    }
    const message = messageId === undefined ? null : room.log.messages.view(messageId, userId)
    return { ok: true, value: message ? { kind: 'message', message, repeated } : { kind: 'done' } }
  }

  async listMessages(
    userId: string,
    range: contract.MessageRange,
    blockedIds?: string[],
  ): Promise<Outcome<contract.MessagePage>> {
    return this.read(userId, ({ log }) => log.messages.list(userId, range, blockedIds))
  }

  async findMessage(userId: string, messageId: string, blockedIds?: string[]): Promise<Outcome<contract.MessageView>> {
    const found = this.read(userId, ({ log }) => log.messages.view(messageId, userId, blockedIds))
    if (!found.ok) return found
    return found.value ? { ok: true, value: found.value } : { ok: false, code: 'message.not_found' }
  }

  async searchMessages(
    userId: string,
    search: contract.MessageSearch,
    blockedIds?: string[],
  ): Promise<Outcome<contract.MessagePage>> {
    return this.read(userId, (room) => {
      if (!room.log.messages.index.catchUp(indexedBySearch))
        room.perform({ do: 'wakeAt', kind: 'index', key: '', at: Date.now() })
      return room.log.messages.search(userId, search, blockedIds)
    })
  }

  async listPins(userId: string, blockedIds?: string[]): Promise<Outcome<contract.MessageView[]>> {
    return this.read(userId, ({ log }) => log.messages.listPins(userId, blockedIds))
  }

  async reportedMessage(userId: string, messageId: string): Promise<Outcome<contract.ReportedMessage>> {
    const found = this.read(userId, ({ log }) => {
      const message = log.message(messageId)
      return { isThere: message !== null, reported: message && log.messages.reported(message) }
    })
    if (!found.ok) return found
    const { isThere, reported } = found.value
    if (reported) return { ok: true, value: reported }
    return { ok: false, code: isThere ? 'message.deleted' : 'message.not_found' }
  }

  async listVersions(userId: string, messageId: string): Promise<Outcome<contract.MessageVersion[]>> {
    const found = this.read(userId, ({ log }) => {
      const message = log.message(messageId)
      return { message, versions: message && looksAfter(log, userId) ? log.messages.listVersions(message) : null }
    })
    if (!found.ok) return found
    const { message, versions } = found.value
    if (!message) return { ok: false, code: 'message.not_found' }
    return versions ? { ok: true, value: versions } : { ok: false, code: 'message.history_not_allowed' }
  }

  async setBlocks(userId: string, blockedIds: string[]): Promise<void> {
    this.room?.setBlocks(userId, blockedIds)
  }

  async todoChanged(change: contract.TodoChange): Promise<void> {
    this.room?.todoChanged(change)
  }

  async setStudy(news: StudyNews): Promise<void> {
    // Somebody may study here before anybody has ever opened the room.
    if (news.study) this.room ??= this.makeRoom()
    this.room?.run({ type: 'study.changed', news, now: Date.now() })
    this.room?.settle()
  }

  async presence(userId: string): Promise<Outcome<contract.PresenceView>> {
    return this.read(userId, ({ log, state }) => {
      const { count, members } = presentNow(state, log, Date.now())
      const online = members?.map(({ user: { id, name }, state: how, text = null, until, study = null }) => {
        const avatarKey = log.member(id)?.avatarKey ?? null
        const ends = until === undefined ? null : Date.parse(until)
        return { userId: id, name, avatarKey, state: how, text, until: ends, study }
      })
      return { count, members: online ?? null }
    })
  }

  async timer(userId: string): Promise<Outcome<TimerView | null>> {
    return this.read(userId, ({ log }) => timerNow(log, Date.now()))
  }

  async watchMeetup(meetup: { id: string; endsAt: number }): Promise<void> {
    this.room?.watchMeetup(meetup)
  }

  private read<T>(userId: string, look: (room: LiveRoom) => T): Outcome<T> {
    if (!this.room) return unknown
    const barred = whyBarred(this.room.log, userId)
    return barred ? { ok: false, code: barred } : { ok: true, value: look(this.room) }
  }

  async dropSession(sessionId: string): Promise<void> {
    this.room?.dropSession(sessionId)
  }

  async exportMember(userId: string, after: number, limit: number): Promise<contract.MemberExport> {
    const nothing = { messages: [], reactions: [], readUpTo: null, next: null }
    if (!this.room) return nothing
    const page = this.room.personLog.show(userId, after, limit)
    const held = this.room.log.heldMark(userId)
    return held && after === 0 ? { ...page, readUpTo: held.seq } : page
  }

  async eraseMember(userId: string, messages: 'keep' | 'remove', limit: number): Promise<{ done: boolean }> {
    return { done: !this.room || eraseMember(this.room, userId, messages, limit) }
  }

  async mayReadFile(userId: string, uploadId: string): Promise<Outcome<boolean>> {
    return this.read(userId, ({ log }) => log.files.isShown(uploadId))
  }

  async hasFile(uploadId: string): Promise<boolean> {
    return this.room?.log.files.has(uploadId) ?? false
  }

  async ping() {
    this.ctx.storage.sql.exec('SELECT 1').toArray()
    return 'pong' as const
  }

  override async fetch(request: Request): Promise<Response> {
    const ticketHash = await hashTicket(request.headers.get(ticketHeader) ?? '')
    return upgradeWith(request, (server) => {
      if (this.room) this.room.open(server, request, ticketHash)
      else turnAway(server, closeCodes.signedOut)
    })
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> | undefined {
    return this.room?.receive(socket, data)
  }

  override webSocketClose(socket: WebSocket): void {
    this.room?.lost(socket)
    // Answers the client's close, without which its side would wait for the end.
    socket.close()
  }

  override webSocketError(socket: WebSocket): void {
    this.room?.lost(socket)
  }

  override async alarm(): Promise<void> {
    const { room } = this
    if (!room) return
    try {
      if (!(await runDue(room, this.env, (events) => this.ctx.exports.RoomEvents.take(events))))
        return await this.purge(room)
    } catch (error) {
      makeLog({ object: 'StudyRoom' }).error('room.alarm_failed', errorFields(error))
      room.log.agenda.wakeAt('sweep', '', Date.now() + sweepEveryMs)
    }
    room.planAlarm()
  }

  /** The channel was deleted 30 days ago: nothing of it stays (L30). */
  private async purge(room: LiveRoom): Promise<void> {
    for (const { who } of room.sockets.all()) room.sockets.close(who.socketId, closeCodes.channelDeleted)
    this.room = null
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }
}
