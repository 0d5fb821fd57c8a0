import * as z from 'zod'
import { pageErrors } from './errors'

export const defaultPageSize = 50
export const maxPageSize = 100

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(maxPageSize).default(defaultPageSize),
  cursor: z.string().max(1024).optional(),
}

/** The reply of every list: `{ data, nextCursor }`. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable() })

/** Where a list goes on: the sort key of the last row that was returned. */
export type Position = readonly (string | number)[]

export interface Cursors {
  /** @param binding what the cursor is good for: viewer, list and filters. Another binding refuses it. */
  encode(binding: string, position: Position): Promise<string>
  /** @throws page.bad_cursor */
  decode(binding: string, cursor: string): Promise<Position>
}

/** Cursors that are opaque, signed, and bound to viewer and query. */
export function makeCursors(key: CryptoKey): Cursors {
  const sign = async (binding: string, body: string) => {
    const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${binding}\n${body}`))
    return new Uint8Array(mac, 0, 16).toBase64({ alphabet: 'base64url', omitPadding: true })
  }
  return {
    async encode(binding, position) {
      const body = new TextEncoder()
        .encode(JSON.stringify(position))
        .toBase64({ alphabet: 'base64url', omitPadding: true })
      return `${body}.${await sign(binding, body)}`
    },
    async decode(binding, cursor) {
      const [body, mac] = cursor.split('.')
      // The cursor opens nothing that its holder could not list anyway, so a plain comparison is enough.
      if (!body || !mac || mac !== (await sign(binding, body))) throw pageErrors.badCursor()
      return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(body, { alphabet: 'base64url' })))
    },
  }
}

/** Cuts `limit + 1` rows to a page and says whether there is more. */
export function cutPage<Row>(rows: Row[], limit: number): { rows: Row[]; last: Row | null } {
  if (rows.length <= limit) return { rows, last: null }
  const page = rows.slice(0, limit)
  return { rows: page, last: page.at(-1) ?? null }
}
