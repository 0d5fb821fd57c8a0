/** A value as SQLite reads it in the text of a statement, whatever it holds: `wrangler d1 execute` binds nothing. */
export function inSql(value: string | number | null): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new Error('only whole numbers')
    return String(value)
  }
  // SQLite reads a text up to its first NUL, which would end the literal before its quote.
  if (value.includes('\0')) throw new Error('a text with NUL')
  return `'${value.replaceAll("'", "''")}'`
}

/** SQL with its values written in as literals. */
export const statement = (parts: TemplateStringsArray, ...values: (string | number | null)[]) =>
  String.raw({ raw: parts.raw }, ...values.map(inSql)).trim()
