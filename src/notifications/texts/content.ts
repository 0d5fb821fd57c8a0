import type { EventFacts, EventType } from '../../outbox/contract'
import type { Category } from '../contract'

/** Whom and what a notification speaks of, by the names of now. */
export interface Named {
  /** Null when nobody in particular did it, or when that person is gone. */
  actor: string | null
  channel: string | null
  kind: 'room' | 'group' | 'conversation' | null
  /** When it happened. */
  at: number
}

/** One notification in words: a title of one line, and what there is to add. */
export interface Words {
  title: string
  text: string
}

/** Turns values into words of the reader's language. */
export interface Speech {
  time(at: number): string
  who(named: Named): string
  where(named: Named): string
}

type Tell<T extends EventType> = (
  facts: EventFacts[T],
  named: Named,
  speech: Speech,
) => string | [string, string | null]

export interface Texts {
  somebody: string
  places: Record<'room' | 'group' | 'conversation' | 'none', (name: string) => string>
  events: { [T in EventType]: Tell<T> }
  categories: Record<Category, string>
  /** Of several at once. */
  several(count: number): string
  summary(count: number): Words
  more(count: number): string
}
