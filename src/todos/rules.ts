import type { MemberRole } from '../channels/live/contract'
import { looksAfterRoom } from '../channels/standing/rules'

/** When a todo comes again once it is completed. */
export interface Repeat {
  frequency: 'daily' | 'weekly' | 'monthly'
  /** Every how many days, weeks or months. */
  interval: number
  /** Of weekly ones: 1 is Monday. Empty: the weekday on which it is due. */
  weekdays: number[]
  /** Whether it is counted from when it was due, or from when it was completed. */
  from: 'due' | 'completion'
}

/** Whose todo it is, and how the viewer stands to its room. */
export interface TodoStanding {
  viewerId: string
  authorId: string
  roomId: string | null
  /** In the room of the todo; null for who is not an active member. */
  role: MemberRole | null
}

/** Personal todos are their author's alone; those of a room its members'. */
export const canSeeTodo = ({ viewerId, authorId, roomId, role }: TodoStanding) =>
  roomId === null ? viewerId === authorId : role !== null

/** A list that is shared is everybody's to write, move, complete and assign. */
export const canChangeTodo = canSeeTodo

/** Taken away only by who wrote it and by who looks after the room. */
export const canDeleteTodo = (standing: TodoStanding) =>
  canSeeTodo(standing) && (standing.viewerId === standing.authorId || looksAfterRoom(standing.role))

/** After which what is done is forgotten. */
export const completedKeptMs = 365 * 24 * 60 * 60_000

/** Keys longer than this are refused: somebody has put things between the same two, again and again. */
export const maxPositionLength = 200
