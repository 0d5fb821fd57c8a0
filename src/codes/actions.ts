import type { Ctx } from '../app/context'
import { rateErrors } from '../shared/errors'
import { type CodeOutcome, digitsFrom, missedOutcome, resendAfterMs } from './rules'
import { type CodeKey, compareCode, deleteCode, markUsed, replaceCode, takeTry } from './store'

/**
 * Makes a code of six digits, good for ten minutes and one use; the one before it is void. It is kept as a MAC: whoever
 * calls brings it to its owner, and nowhere else.
 * @throws rate.limited within a minute of the last one
 */
export async function issueCode(ctx: Ctx, key: CodeKey): Promise<string> {
  const code = digitsFrom(() => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0)
  const refused = await replaceCode(ctx, key, await hashCode(ctx, key, code))
  if (refused) throw tooSoon(ctx, refused.tooSoonAfter)
  return code
}

/** Compares what somebody typed with the code. Exact: five comparisons in all, one success, however many ask at once. */
export async function checkCode(ctx: Ctx, key: CodeKey & { code: string }): Promise<CodeOutcome> {
  const { compared, row } = await compareCode(ctx, key, await hashCode(ctx, key, key.code))
  if (compared) return compared.right ? 'approved' : 'wrong'
  return missedOutcome(row, ctx.now())
}

/**
 * Opens a code that a service outside makes, sends and compares, under the same rules.
 * @throws rate.limited within a minute of the last one
 */
export async function openOutsideCode(ctx: Ctx, key: CodeKey): Promise<void> {
  // No MAC is empty: nothing that somebody types can match.
  const refused = await replaceCode(ctx, key, '')
  if (refused) throw tooSoon(ctx, refused.tooSoonAfter)
}

/** Asks the service only while a try is left, and lets one right answer count. */
export async function checkOutsideCode(
  ctx: Ctx,
  key: CodeKey,
  compare: () => Promise<CodeOutcome>,
): Promise<CodeOutcome> {
  const { taken, row } = await takeTry(ctx, key)
  if (!taken) return missedOutcome(row, ctx.now())
  const outcome = await compare()
  if (outcome !== 'approved') return outcome
  return (await markUsed(ctx, key)) ? 'approved' : 'expired'
}

/** Forgets a code, so that the next one need not wait: for a code that could not be sent. */
export async function voidCode(ctx: Ctx, key: CodeKey): Promise<void> {
  await deleteCode(ctx, key)
}

function tooSoon(ctx: Ctx, lastAt: number) {
  const seconds = Math.max(1, Math.ceil((lastAt + resendAfterMs - ctx.now()) / 1000))
  return rateErrors.limited({
    detail: `A code was sent a moment ago. Ask for the next one in ${seconds} s.`,
    headers: { 'Retry-After': String(seconds) },
  })
}

/**
 * Six digits are soon guessed from a plain hash, so the MAC needs a key that is not in the database. After a rotation
 * of REFRESH_KEYS the few codes that are open are void.
 */
async function hashCode(ctx: Ctx, { purpose, address }: CodeKey, code: string): Promise<string> {
  const bytes = new TextEncoder()
  const master = await crypto.subtle.importKey(
    'raw',
    ctx.config.REFRESH_KEYS[0]?.bytes ?? new Uint8Array(32),
    'HKDF',
    false,
    ['deriveKey'],
  )
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: bytes.encode('studyhall one-time codes') },
    master,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  )
  const mac = await crypto.subtle.sign('HMAC', key, bytes.encode(JSON.stringify([purpose, address, code])))
  return new Uint8Array(mac).toBase64({ alphabet: 'base64url', omitPadding: true })
}
