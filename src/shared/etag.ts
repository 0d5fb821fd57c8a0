import * as z from 'zod'

/** The version of an edited thing as a strong entity tag. */
export const etagOf = (version: number) => `"${version}"`

export const ifMatchHeader = z.object({ 'if-match': z.string().max(1024).optional() })

/** Whether an If-Match header allows a change of this version. No header and `*` allow it; weak tags never match. */
export function allowsVersion(ifMatch: string | undefined, version: number): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true
  return ifMatch.split(',').some((tag) => tag.trim() === etagOf(version))
}
