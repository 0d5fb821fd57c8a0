import { sql } from 'drizzle-orm'
import type { Ctx, UserCtx } from '../app/context'
import { maxSubjectsPerPerson } from './rules'
import { type SubjectRow, subjects, userSubjects } from './tables'

const columns = sql`s.num, s.id, s.slug, s.name, s.category, s.description, s.icon_path AS iconPath`

/** The catalogue by name, all of it or one category. @param after name and num of the last one that was seen */
export function listSubjects(
  ctx: Ctx,
  category: string | undefined,
  after: { name: string; num: number } | null,
  limit: number,
) {
  return ctx.db.all<SubjectRow>(sql`
    SELECT ${columns} FROM ${subjects} s
    WHERE ${category === undefined ? sql`true` : sql`s.category = ${category}`}
      ${after ? sql`AND (s.name, s.num) > (${after.name}, ${after.num})` : sql``}
    ORDER BY s.name, s.num LIMIT ${limit}`)
}

/** What a full-text query finds, in the order of the catalogue. */
export function searchSubjects(
  ctx: Ctx,
  match: string,
  category: string | undefined,
  after: number | null,
  limit: number,
) {
  return ctx.db.all<SubjectRow>(sql`
    SELECT ${columns} FROM subject_search f CROSS JOIN ${subjects} s ON s.num = f.rowid
    WHERE f.terms MATCH ${match} ${after === null ? sql`` : sql`AND f.rowid > ${after}`}
      ${category === undefined ? sql`` : sql`AND s.category = ${category}`}
    ORDER BY f.rowid LIMIT ${limit}`)
}

/**
 * Notes that the caller studies a subject, unless there are enough already. Repeating it changes nothing.
 * @returns the subject, if there is one, and whether it is chosen now
 */
export async function insertChoice(ctx: UserCtx, subjectId: string) {
  const { userId } = ctx.actor
  const [, [row]] = await ctx.db.batch([
    ctx.db.run(sql`
      INSERT OR IGNORE INTO ${userSubjects} (user_id, subject_id, added_at)
      SELECT ${userId}, id, ${ctx.now()} FROM ${subjects} WHERE id = ${subjectId}
        AND (SELECT count(*) FROM ${userSubjects} WHERE user_id = ${userId}) < ${maxSubjectsPerPerson}`),
    ctx.db.all<SubjectRow & { isChosen: number }>(sql`
      SELECT ${columns}, EXISTS (SELECT 1 FROM ${userSubjects} u WHERE u.user_id = ${userId} AND u.subject_id = s.id)
        AS isChosen
      FROM ${subjects} s WHERE s.id = ${subjectId}`),
  ])
  return row ? { subject: row, isChosen: row.isChosen === 1 } : null
}

export async function deleteChoice(ctx: UserCtx, subjectId: string): Promise<void> {
  await ctx.db.run(sql`DELETE FROM ${userSubjects} WHERE user_id = ${ctx.actor.userId} AND subject_id = ${subjectId}`)
}
