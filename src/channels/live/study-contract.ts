/** What a person's clock tells a channel of what they study there, and what the channel shows of it. Plain data only. */

/** Times in milliseconds since 1970. */
export interface RoomStudy {
  state: WireStudy['state']
  since: number
  startedAt: number
  subject: { id: string; name: string } | null
  task: string | null
  /** When it is over at the latest, whether or not the channel hears of it. */
  until: number
}

/** A change of it; null: nobody studies any more. */
export interface StudyNews {
  userId: string
  study: RoomStudy | null
  /** Grows with every change of the person's. What is older than what is known changes nothing. */
  rev: number
}

/** What somebody who is here studies, as others see it. */
export interface WireStudy {
  state: 'active' | 'pause' | 'break'
  /** Since when it does that. */
  since: string
  startedAt: string
  subject: { id: string; name: string } | null
  /** In the person's own words. */
  task: string | null
}
