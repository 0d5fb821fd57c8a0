import type { TableDeclaration } from '../shared/personal-data'

export const codeData: TableDeclaration[] = [
  { table: 'codes', nobody: 'one-time codes, only as hashes; each ends by itself within a day and is then swept away' },
]
