import type { TableDeclaration } from '../shared/personal-data'

export const codeData: TableDeclaration[] = [
  { table: 'codes', nobody: 'one-time codes, only as hashes; each is worth nothing after minutes and then swept away' },
]
