import type { SubjectRow } from './tables'

export const maxSubjectsPerPerson = 50

/** A subject as everybody sees it. */
export const toSubject = ({
  id,
  name,
  category,
  description,
  iconPath,
}: Pick<SubjectRow, 'id' | 'name' | 'category' | 'description' | 'iconPath'>) => ({
  id,
  name,
  category,
  description,
  iconUrl: iconPath,
})
