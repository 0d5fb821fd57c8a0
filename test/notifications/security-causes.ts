import { vi } from 'vitest'
import { stepAt } from '../../src/auth/mfa/rules'
import { totpCode } from '../../src/auth/mfa/totp'
import type { SignInMethod } from '../../src/outbox/contract'
import { linkOf, provide, stranger } from '../auth/oauth-providers'
import { goodPassword, logIn, newcomer, register, rows } from '../support/accounts'
import { makePasskey } from '../support/authenticator'
import { readOutbox } from '../support/outbox'
import { call, origin, type Person, signUp } from '../support/people'

/** Whom a cause is to be told to. */
export type Told = Pick<Person, 'id' | 'call'>
type Account = Told & { email: string; accessToken: string }

/** Somebody with a password and a proven address. */
async function account(headers?: Record<string, string>): Promise<Account> {
  const { body } = await register({}, headers)
  const { id, email } = body.user
  await rows('UPDATE users SET email_verified_at = 1 WHERE id = ?', id)
  const { accessToken } = body
  const auth = { Authorization: `Bearer ${accessToken}` }
  return { id, email, accessToken, call: (method, path, content) => call(method, path, content, auth) }
}

const secretBytes = (secret: string) => {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  return Uint8Array.from(bits.join('').match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
}

const twice = async (act: () => Promise<unknown>) => {
  await act()
  await act()
}

async function withAuthenticator() {
  const who = await account()
  const { secret } = (await who.call('POST', '/auth/mfa/totp')).body
  const code = await totpCode(secretBytes(secret), stepAt(Date.now()))
  const { recoveryCodes } = (await who.call('POST', '/auth/mfa/totp/confirm', { code })).body
  await who.call('POST', '/auth/mfa/totp/confirm', { code })
  return { who, recoveryCodes }
}

async function withPasskey() {
  const who = await account()
  const passkey = await (await makePasskey(origin)).create(
    (await who.call('POST', '/auth/passkeys/register/options')).body,
  )
  const add = () => who.call('POST', '/auth/passkeys/register/verify', { passkey, name: 'Phone' })
  const { body } = await add()
  await add()
  return { who, passkeyId: body.passkey.id }
}

async function withProvider(provider: 'google' | 'github') {
  const who = await account()
  const asked = vi.spyOn(globalThis, 'fetch').mockImplementation(async (...given) => provide(new Request(...given)))
  const sam = stranger(provider)
  await twice(() => linkOf(who)(sam))
  asked.mockRestore()
  return who
}

/** How each way to sign in comes to an account: a new one without a cause here does not compile. */
export const methodsAdded: Record<SignInMethod, () => Promise<Told>> = {
  passkey: async () => (await withPasskey()).who,
  authenticator: async () => (await withAuthenticator()).who,
  async recovery_codes() {
    const { who } = await withAuthenticator()
    await who.call('POST', '/auth/mfa/recovery-codes', { password: goodPassword })
    return who
  },
  async phone() {
    const who = await account()
    const phone = `+4915${crypto.getRandomValues(new Uint32Array(1))[0]?.toString().padStart(10, '0').slice(0, 9)}`
    await call('POST', '/auth/phone/send-otp', { phone })
    const code = (await readOutbox(phone))[0]?.text.slice(0, 6)
    await twice(() => who.call('POST', '/auth/phone/verify', { phone, code, password: goodPassword }))
    return who
  },
  google: () => withProvider('google'),
  github: () => withProvider('github'),
}

async function unlinked(provider: 'google' | 'github') {
  const who = await withProvider(provider)
  await twice(() => who.call('DELETE', `/auth/oauth/${provider}`))
  return who
}

/** And how it goes again; a number is only replaced, and recovery codes go with what they stand for. */
export const methodsRemoved: Record<Exclude<SignInMethod, 'phone' | 'recovery_codes'>, () => Promise<Told>> = {
  async passkey() {
    const { who, passkeyId } = await withPasskey()
    await twice(() => who.call('DELETE', `/auth/passkeys/${passkeyId}`))
    return who
  },
  async authenticator() {
    const { who, recoveryCodes } = await withAuthenticator()
    await twice(() => who.call('DELETE', '/auth/mfa/totp', { password: goodPassword, code: recoveryCodes[0] }))
    return who
  },
  google: () => unlinked('google'),
  github: () => unlinked('github'),
}

export const securityCauses = {
  async 'security.signed_in'() {
    const who = await account({ 'CF-Connecting-IP': '192.0.2.1' })
    await logIn(who.email, goodPassword, { 'CF-Connecting-IP': '192.0.2.1' })
    await twice(() => logIn(who.email, goodPassword, { 'CF-Connecting-IP': '192.0.2.7' }))
    return who
  },
  async 'security.password_changed'() {
    const who = await account()
    const change = { currentPassword: goodPassword, newPassword: `${goodPassword} 2` }
    await twice(() => who.call('PUT', '/auth/password', change))
    return who
  },
  async 'security.address_changed'() {
    const [who, { email }] = [await account(), newcomer()]
    await who.call('POST', '/auth/email/change', { email, password: goodPassword })
    const token = await vi.waitFor(async () => {
      const found = /#token=([\w-]+)/.exec((await readOutbox(email))[0]?.text ?? '')?.[1]
      if (found === undefined) throw new Error('no link yet')
      return found
    })
    await twice(() => call('POST', '/auth/email/verify', { token }))
    return who
  },
  'security.method_added': methodsAdded.passkey,
  'security.method_removed': methodsRemoved.passkey,
  async 'security.deletion_scheduled'() {
    const who = await account()
    await twice(() => who.call('DELETE', '/users/me', { password: goodPassword }))
    await vi.waitFor(async () => {
      const told = await rows('SELECT 1 FROM notification_log WHERE user_id = ?', who.id)
      if (told.length === 0) throw new Error('not told yet')
    })
    const { accessToken } = (await logIn(who.email, goodPassword)).body
    const auth = { Authorization: `Bearer ${accessToken}` }
    const back: Told = { id: who.id, call: (method, path, content) => call(method, path, content, auth) }
    await back.call('POST', '/users/me/restore')
    return back
  },
  async 'security.role_changed'() {
    const [admin, who] = [await signUp({ role: 'admin' }), await account()]
    const change = { role: 'instructor', reason: 'teaches' }
    await twice(() => admin.call('PUT', `/admin/users/${who.id}/role`, change))
    return who
  },
}
