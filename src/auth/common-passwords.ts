import type { Ctx } from '../app/context'

/**
 * The 3,000 most used passwords of at least eight characters, lower-cased, from `passwords.json` of
 * @zxcvbn-ts/language-common 3.0.4 (MIT, Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.), most used first there,
 * sorted here. A file beside the Worker, because it would be a thirtieth of it.
 */
const file = '/passwords/common.txt'

let known: ReadonlySet<string> | null = null

/** @throws when the list cannot be read: a password that nobody could look up is not taken */
export async function isCommonPassword(ctx: Pick<Ctx, 'readAsset'>, password: string): Promise<boolean> {
  known ??= new Set((await ctx.readAsset(file)).trim().split(/\s+/))
  return known.has(password.toLowerCase())
}
