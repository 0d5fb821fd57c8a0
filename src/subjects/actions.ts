import type { UserCtx } from '../app/context'
import { refusedBy } from '../shared/db'
import { cutPage } from '../shared/page'
import { searchMatch } from '../shared/search-terms'
import { subjectErrors } from './errors'
import { toSubject } from './rules'
import type { SubjectsQuery } from './schemas'
import { deleteChoice, insertChoice, listSubjects as listRows, searchSubjects } from './store'

/** What a refused write means whose other references are known to be there: only its subject may be made up. */
export function asMissingSubject(error: unknown): never {
  throw refusedBy(error) === 'FOREIGN KEY' ? subjectErrors.notFound() : error
}

/** The catalogue by name, or what a query finds in it. @throws page.bad_cursor */
export async function listSubjects(ctx: UserCtx, { query, category, limit, cursor }: SubjectsQuery) {
  const binding = `subjects ${ctx.actor.userId} ${JSON.stringify([query ?? null, category ?? null])}`
  const match = query === undefined ? null : searchMatch(query)
  if (query !== undefined && match === null) return { data: [], nextCursor: null }
  const position = cursor === undefined ? null : await ctx.cursors.decode(binding, cursor)
  const [num, name] = position ?? []
  const found =
    match === null
      ? await listRows(ctx, category, position && { name: String(name), num: Number(num) }, limit + 1)
      : await searchSubjects(ctx, match, category, position && Number(num), limit + 1)
  const { rows, last } = cutPage(found, limit)
  return {
    data: rows.map(toSubject),
    nextCursor: last && (await ctx.cursors.encode(binding, [last.num, last.name])),
  }
}

/** Adds a subject to those that the caller studies. @throws subject.not_found, subject.too_many */
export async function chooseSubject(ctx: UserCtx, subjectId: string) {
  const written = await insertChoice(ctx, subjectId)
  if (!written) throw subjectErrors.notFound()
  if (!written.isChosen) throw subjectErrors.tooMany()
  return toSubject(written.subject)
}

/** Takes a subject away from those that the caller studies; one that is not among them is gone already. */
export async function dropSubject(ctx: UserCtx, subjectId: string): Promise<void> {
  await deleteChoice(ctx, subjectId)
}
