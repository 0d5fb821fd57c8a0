/** A round tells everyone once: a part of them in each of `of` turns, spread over `ms` milliseconds. */
export interface Round {
  of: number
  ms: number
}

/** Rounds that follow each other for as long as there is something to tell. */
export class Rounds {
  private timer: ReturnType<typeof setTimeout> | null = null

  /** @param take takes one turn; returns the round that follows this one, or null once everyone has heard everything */
  constructor(private readonly take: (turn: number, of: number) => Round | null) {}

  get areUnderWay(): boolean {
    return this.timer !== null
  }

  begin(round: Round): void {
    this.plan(0, round, Date.now())
  }

  end(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }

  private plan(turn: number, round: Round, from: number): void {
    const each = round.ms / round.of
    // A clock that was set must not stop the rounds; a turn whose time has passed follows at once.
    const wait = Math.max(0, Math.min(each, from + each * (turn + 1) - Date.now()))
    this.timer = setTimeout(() => {
      this.timer = null
      const following = this.take(turn, round.of)
      if (!following) return
      if (turn + 1 < round.of) this.plan(turn + 1, round, from)
      // What stopped the object for a moment has kept everyone waiting: up to a round of it is made up for.
      else this.plan(0, following, Math.max(from + round.ms, Date.now() - following.ms))
    }, wait)
  }
}
