import { DurableObject } from 'cloudflare:workers'
import type { RoomObject } from '../src/channels/live/contract'

export class StudyRoom extends DurableObject<Env> implements RoomObject {
  async apply(): Promise<void> {}
  async issueTicket(): ReturnType<RoomObject['issueTicket']> {
    throw new Error('not here yet')
  }
  async command(): ReturnType<RoomObject['command']> {
    throw new Error('not here yet')
  }
  async listMessages(): ReturnType<RoomObject['listMessages']> {
    throw new Error('not here yet')
  }
  async findMessage(): ReturnType<RoomObject['findMessage']> {
    throw new Error('not here yet')
  }
  async presence(): ReturnType<RoomObject['presence']> {
    throw new Error('not here yet')
  }
  async dropSession(): Promise<void> {}
  override async fetch(): Promise<Response> {
    return new Response(null, { status: 501 })
  }
  async ping() {
    return 'pong' as const
  }
}
