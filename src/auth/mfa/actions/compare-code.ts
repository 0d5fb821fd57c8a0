import type { Ctx } from '../../../app/context'
import { hashRecoveryCode } from '../recovery-codes'
import { readCode } from '../rules'
import { unseal } from '../sealing'
import { findRecoveryCode, type ProvenCode } from '../store'
import type { TotpRow } from '../tables'
import { matchTotp } from '../totp'

/** What a typed code proves, before it is spent; null when it is wrong. Whoever calls has counted the try. */
export async function compareCode(
  ctx: Ctx,
  userId: string,
  totp: TotpRow | null,
  typed: string,
): Promise<ProvenCode | null> {
  const read = readCode(typed)
  if (read?.kind === 'totp') {
    if (!totp) return null
    const secret = await unseal(ctx.config, userId, totp.sealed)
    const step = await matchTotp(secret, { code: read.code, now: ctx.now(), lastStep: totp.lastStep })
    return step === null ? null : { kind: 'totp', step }
  }
  if (!read) return null
  const hash = await hashRecoveryCode(userId, read.code)
  return (await findRecoveryCode(ctx, userId, hash)) ? { kind: 'recovery_code', hash } : null
}
