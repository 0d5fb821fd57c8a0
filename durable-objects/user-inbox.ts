import { DurableObject } from 'cloudflare:workers'
import { type Config, readConfig } from '../src/app/config'
import { errorFields, makeLog } from '../src/app/log'
import type { Visitor } from '../src/channels/live/contract'
import { ticketHeader } from '../src/channels/live/object-contract'
import { sweepEveryMs } from '../src/channels/live/presence'
import { closeCodes } from '../src/channels/live/protocol'
import { isStored } from '../src/channels/live/schema'
import type { ChannelNews, InboxObject, InboxSnapshot, Mark, Notice, Shown } from '../src/inbox/contract'
import { friendsInTouch, shownOf } from '../src/inbox/live/presence'
import type { SessionView, Span, SpanCheck, StudyCommand, StudyOutcome } from '../src/study/contract'
import { upgradeWith } from './entry'
import { turnAway } from './goodbye'
import { runInboxDue } from './inbox-alarm'
import { refreshFriends } from './inbox-friends'
import { LiveInbox } from './live-inbox'
import { StudyClock } from './study-clock'
import { hashTicket, newTicket, ticketSeconds } from './tickets'

/**
 * One person's object: what the Worker and the runtime may call. Everything else is in LiveInbox and in the core. A part
 * with rules and tables of its own (the study clock) gets its methods here, each one call into that part.
 */
export class UserInbox extends DurableObject<Env> implements InboxObject {
  private readonly config: Config
  /** Null until there is something to keep: an object that was only asked for stores nothing. */
  private inbox: LiveInbox | null = null
  private readonly clock: StudyClock

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const settings = readConfig(env)
    if (!settings.ok) throw new Error(`Studyhall is not set up: ${settings.problems.join('; ')}`)
    this.config = settings.config
    // The runtime answers heartbeats by itself, without waking the object (L6).
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
    this.clock = new StudyClock(ctx, env, (news) => this.tellOfStudy(news))
    if (!isStored(ctx.storage.sql)) return
    const inbox = this.open()
    // Known, it need not be set anew each time that a ping wakes the object.
    void ctx.blockConcurrencyWhile(async () => {
      inbox.foundAlarm(await ctx.storage.getAlarm(), Date.now())
    })
  }

  private open(): LiveInbox {
    this.inbox ??= new LiveInbox(this.ctx, this.config, () => this.clock.nextAt())
    return this.inbox
  }

  async issueTicket(visitor: Visitor, snapshot: InboxSnapshot): Promise<{ ticket: string; expiresIn: number }> {
    // It names its inbox, because nothing else of a browser's upgrade does.
    const ticket = `${visitor.userId}.${newTicket()}`
    const hash = await hashTicket(ticket)
    const inbox = this.begin(visitor.userId)
    inbox.keepOnline(snapshot.onlineUntil)
    inbox.log.keepHeads(snapshot.heads)
    inbox.takeFriends(snapshot.friends)
    inbox.settle()
    inbox.keepTicket(hash, visitor, ticketSeconds)
    return { ticket, expiresIn: ticketSeconds }
  }

  async notify(notices: Notice[], { unlessStudying = false } = {}): Promise<{ heard: boolean; studying: boolean }> {
    const { inbox } = this
    const studying = this.clock.isStudying(unlessStudying)
    if (studying && unlessStudying) return { heard: false, studying }
    if (!inbox || inbox.sockets.size === 0 || notices.length === 0) return { heard: false, studying }
    inbox.run({ type: 'notified', notices, now: Date.now() })
    inbox.settle()
    return { heard: true, studying }
  }

  async hear(news: ChannelNews): Promise<void> {
    const inbox = this.begin(this.ctx.id.name ?? '')
    if (news.message) inbox.log.raiseHead(news)
    inbox.run({ type: 'news', news, now: Date.now() })
    inbox.settle()
    if (news.wrote) this.clock.prove()
  }

  async readMarks(channelIds: string[]): Promise<Record<string, Mark>> {
    return this.inbox?.log.marks.list(channelIds) ?? {}
  }

  async meet(friendId: string, shown: Shown): Promise<{ here: true; shown: Shown } | { here: false }> {
    const { inbox } = this
    if (!inbox?.state.present) return { here: false }
    const { friends } = inbox.log
    if (friends.find(friendId) === undefined && friends.count() >= 2 * friendsInTouch) return { here: false }
    inbox.hearOfFriend(friendId, shown)
    inbox.settle()
    return { here: true, shown: shownOf(inbox.state, inbox.log.hidesPresence(), Date.now()) }
  }

  async part(friendId: string): Promise<void> {
    this.inbox?.loseFriend(friendId)
    this.inbox?.settle()
  }

  async refreshFriends(): Promise<void> {
    if (this.inbox) await refreshFriends(this.inbox, this.env)
  }

  async dropSession(sessionId: string): Promise<void> {
    this.inbox?.dropSession(sessionId)
  }

  async erase(): Promise<void> {
    for (const { who } of this.inbox?.sockets.all() ?? []) this.inbox?.sockets.close(who.socketId, closeCodes.signedOut)
    this.inbox = null
    this.clock.forget()
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }

  async ping() {
    this.ctx.storage.sql.exec('SELECT 1').toArray()
    return 'pong' as const
  }

  /** The inbox, from now on stored. */
  private begin(userId: string): LiveInbox {
    const inbox = this.open()
    inbox.log.keepOwner(userId)
    return inbox
  }

  async study(userId: string, command: StudyCommand): Promise<StudyOutcome> {
    if (command.do === 'start') this.begin(userId)
    return this.clock.run(command)
  }

  async checkStudySpan(span: Span): Promise<SpanCheck> {
    return this.clock.check(span)
  }

  async proveActivity(): Promise<void> {
    this.clock.prove()
  }

  private tellOfStudy(news: SessionView[]): void {
    const { inbox } = this
    if (!inbox) return
    if (news.length > 0) inbox.run({ type: 'study.changed', sessions: news, now: Date.now() })
    inbox.wakeBy(this.clock.nextAt())
    inbox.settle()
  }

  override async fetch(request: Request): Promise<Response> {
    const ticketHash = await hashTicket(request.headers.get(ticketHeader) ?? '')
    return upgradeWith(request, (server) => {
      if (this.inbox) this.inbox.open(server, request, ticketHash)
      else turnAway(server, closeCodes.signedOut)
    })
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    this.inbox?.receive(socket, data)
  }

  override webSocketClose(socket: WebSocket): void {
    this.inbox?.lost(socket)
    // Answers the client's close, without which its side would wait for the end.
    socket.close()
  }

  override webSocketError(socket: WebSocket): void {
    this.inbox?.lost(socket)
  }

  override async alarm(): Promise<void> {
    const { inbox } = this
    if (!inbox) return
    try {
      await runInboxDue(inbox, this.env)
      await this.clock.wake()
    } catch (error) {
      makeLog({ object: 'UserInbox' }).error('inbox.alarm_failed', errorFields(error))
      inbox.sweepAt = Date.now() + sweepEveryMs
    }
    inbox.planAlarm()
  }
}
