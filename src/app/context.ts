import type { RoomObject } from '../channels/live/object-contract'
import type { InboxObject } from '../inbox/contract'
import type { MailSender } from '../mail/adapters/contract'
import type { PushSender } from '../notifications/adapters/contract'
import type { QueueMessage } from '../outbox/contract'
import type { PhoneVerifier } from '../phone/adapters/contract'
import type { Db } from '../shared/db'
import type { NewId } from '../shared/ids'
import type { Cursors } from '../shared/page'
import type { Scanner, SquareMaker } from '../uploads/adapters/contract'
import type { Config } from './config'
import type { Log } from './log'

export type Role = 'student' | 'instructor' | 'admin'

export interface UserActor {
  kind: 'user'
  userId: string
  sessionId: string
  /** When the session ends for good, in milliseconds since 1970. */
  sessionEndsAt: number
  role: Role
  /** Whether a mail address or a phone number is proven; without, nobody is written to. */
  verified: boolean
  /** How the request proved who it is; a socket ticket made with a bearer token may be used without an Origin. */
  transport: 'bearer' | 'cookie'
}

export type Actor = UserActor | { kind: 'anonymous' } | { kind: 'queue' } | { kind: 'cron' }

/** What every use case is given. Nothing in a domain reads the clock, the environment or a random source past it. */
export interface Ctx<A extends Actor = Actor> {
  actor: A
  db: Db
  config: Config
  cursors: Cursors
  /** Milliseconds since 1970. */
  now(): number
  newId: NewId
  files: FileStore
  /** The text of a file that is deployed beside the Worker, by its path under `public/`. */
  readAsset(path: string): Promise<string>
  /** Null while files are not scanned. */
  scanner: Scanner | null
  /** Has the queue look at a file. What it loses, cron asks for again. */
  askForScan(uploadId: string): Promise<void>
  /** Makes the squares of avatars and logos. */
  pictures: SquareMaker
  /** The live object of a room, group or conversation. */
  room(channelId: string): RoomObject
  /** A person's own live object: their sockets wherever they are, and what they are told there. */
  inbox(userId: string): InboxObject
  /** Background work. Send with `enqueue` where there may be many. */
  queue: WorkQueue
  /** Ids of the events that statements of this request record; told of when the request is over. */
  recorded: string[]
  /** Null while mail is off. Send with `sendMail`, which knows the words. */
  mail: MailSender | null
  /** Null while push messages are off. */
  push: PushSender | null
  /** Null while codes to phones are off. Use `startPhoneCheck` and `checkPhoneCode`, which count. */
  phone: PhoneVerifier | null
  /** The caller's IPv4 address or IPv6 /64, as the platform saw it. Null outside a request. */
  address: string | null
  device: string | null
  /** What the caller's browser says of its languages: the header Accept-Language. */
  languages: string | null
  requestId: string
  log: Log
  /** Lets work go on after the reply. Only for what cron repairs when it is lost, or what ends by itself. */
  later(work: Promise<unknown>): void
}

/** Files under generated keys. */
export type FileStore = Pick<R2Bucket, 'get' | 'put' | 'delete' | 'createMultipartUpload'>

/** Cloudflare's queue, or a stand-in of a test. */
export interface WorkQueue {
  send(message: QueueMessage): Promise<unknown>
  /** At most a hundred. */
  sendBatch(messages: { body: QueueMessage }[]): Promise<unknown>
}

export type UserCtx = Ctx<UserActor>
