import { all, run, type Sql } from './schema'
import type { StudyNews } from './study-contract'

/** So long after its end it is remembered that something is over, should older news of it come late. */
const rememberedMs = 60 * 60_000

const endOf = ({ study, rev }: StudyNews) => study?.until ?? rev

/** What members study here, as their clocks told it. */
export class Studies {
  private readonly known: Map<string, StudyNews>

  constructor(private readonly sql: Sql) {
    const rows = all<{ userId: string; study: string; rev: number }>(
      sql,
      'SELECT user_id AS userId, study, rev FROM studies',
    )
    this.known = new Map(rows.map(({ userId, study, rev }) => [userId, { userId, study: JSON.parse(study), rev }]))
  }

  find(userId: string): StudyNews | null {
    return this.known.get(userId) ?? null
  }

  save(news: StudyNews): void {
    const { userId, study, rev } = news
    run(this.sql, 'INSERT OR REPLACE INTO studies VALUES (?, ?, ?)', userId, JSON.stringify(study), rev)
    this.known.set(userId, news)
    for (const old of this.known.values()) if (endOf(old) + rememberedMs < rev) this.forget(old.userId)
  }

  /** What has run out and was never called off: the news that it is over. */
  listOver(now: number): StudyNews[] {
    return [...this.known.values()].flatMap(({ userId, study, rev }) =>
      study !== null && study.until <= now ? [{ userId, study: null, rev: rev + 1 }] : [],
    )
  }

  forget(userId: string): void {
    if (this.known.delete(userId)) run(this.sql, 'DELETE FROM studies WHERE user_id = ?', userId)
  }
}
