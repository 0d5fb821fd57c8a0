import { env } from 'cloudflare:workers'
import { describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../src/app/config'
import { sendMail } from '../../src/mail/actions'
import { MailFailure, type MailFailureKind } from '../../src/mail/adapters/contract'
import { makeTestCtx } from '../support/ctx'
import { readOutbox } from '../support/outbox'
import { call, countingEnv, requestOf } from '../support/people'
import { mailContract } from './mail-contract'

const smtp = { SMTP_HOST: 'smtp.example.org', MAIL_FROM: 'Studyhall <hall@example.org>' }
const local = (path: string) => new Request(`http://localhost${path}`)

describe('the local stand-in', () => {
  const seen = new Set<string>()
  mailContract(() => ({
    async send(mail) {
      const { mail: sender } = await makeTestCtx()
      if (!sender) throw new Error('mail is off')
      try {
        return { ok: true, ...(await sender.send(mail)) }
      } catch (error) {
        return { ok: false, kind: error instanceof MailFailure ? error.kind : null, reason: String(error) }
      }
    },
    async received() {
      const fresh = (await readOutbox()).filter(({ id }) => !seen.has(id))
      for (const { id } of fresh) seen.add(id)
      return fresh.map((mail) => ({ ...mail, html: mail.html ?? '', messageId: mail.messageId ?? '' }))
    },
  }))
})

describe('sending a mail', () => {
  const input = {
    to: 'ada@example.net',
    locale: 'de-AT',
    template: 'verifyAddress',
    values: { url: 'https://studyhall.test/verify?token=abc' },
    messageId: 'tok_1',
  } as const

  test('it goes out in the reader’s language, from the sender of the settings', async () => {
    const ctx = await makeTestCtx({ MAIL_FROM: 'Studyhall <hall@example.org>' })
    await sendMail(ctx, { ...input, to: 'german@example.net' })
    expect(await readOutbox('german@example.net')).toMatchObject([
      {
        kind: 'mail',
        from: 'hall@example.org',
        subject: 'Bestätige deine Mailadresse',
        messageId: '<tok_1@example.org>',
        text: expect.stringContaining('https://studyhall.test/verify?token=abc'),
      },
    ])
  })

  test('it says that no person wrote it', async () => {
    const ctx = await makeTestCtx()
    const send = vi.fn(async () => ({ providerId: null }))
    await sendMail({ ...ctx, mail: { name: 'fake', send } }, input)
    expect(send).toHaveBeenCalledWith(
      expect.objectContaining({ headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': 'de' } }),
    )
  })

  test('without an adapter it is refused as off', async () => {
    const ctx = await makeTestCtx({ DEV_OUTBOX: '' })
    await expect(sendMail(ctx, input)).rejects.toMatchObject({ code: 'mail.unavailable', status: 503 })
  })

  test.each<[MailFailureKind, string]>([
    ['temporary', 'mail.not_sent'],
    ['misconfigured', 'mail.not_sent'],
    ['permanent', 'mail.refused'],
  ])('a %s failure is answered with %s, and the log tells neither address nor link', async (kind, code) => {
    const ctx = await makeTestCtx()
    const lines: unknown[] = []
    const note = (...line: unknown[]) => lines.push(line)
    const send = () => Promise.reject(new MailFailure(kind, 'EENVELOPE 550', { cause: new Error('<ada@example.net>') }))
    const broken = { ...ctx, mail: { name: 'fake', send }, log: { info: note, warn: note, error: note } }
    await expect(sendMail(broken, input)).rejects.toMatchObject({ code })
    const log = JSON.stringify(lines)
    expect(log).toContain(kind)
    expect(log).not.toContain('ada@')
    expect(log).not.toContain('token=')
  })
})

describe('the outbox', () => {
  test('it shows what was sent, links to be followed, and words that cannot break out', async () => {
    const ctx = await makeTestCtx()
    await sendMail(ctx, {
      to: 'page@example.net',
      locale: 'en',
      template: 'notifications',
      values: {
        name: '"><script>alert(1)</script>',
        url: 'https://studyhall.test/keep?a=1&b=2',
        ...{ items: [], more: 0, unsubscribeUrl: null },
      },
      messageId: 'del_1',
    })
    const reply = await countingEnv().fetch(local('/dev/outbox'))
    expect(reply.status).toBe(200)
    const response = await worker(local('/dev/outbox'))
    const page = await response.text()
    expect(page).toContain('A local stand-in')
    expect(page).toContain('<a href="https://studyhall.test/keep?a=1&amp;b=2"')
    expect(page).not.toContain('<script>')
    expect(page).toMatch(/<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"/)
    expect(response.headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; style-src 'unsafe-inline'/)
  })

  test('it keeps the newest two hundred', async () => {
    const { mail } = await makeTestCtx()
    const { mailTo } = await import('./mail-contract')
    for (let n = 0; n < 205; n += 1) await mail?.send(mailTo('many@example.net', { subject: `number ${n}` }))
    const kept = await readOutbox()
    expect(kept).toHaveLength(200)
    expect(kept[0]?.subject).toBe('number 204')
    expect(kept.at(-1)?.subject).toBe('number 5')
    expect(await env.DB.prepare('SELECT COUNT(*) AS entries FROM dev_outbox').first()).toEqual({ entries: 200 })
  })

  test.each(['/dev/outbox', '/dev/outbox.json'])('%s is not there unless DEV_OUTBOX is on', async (path) => {
    const reply = await countingEnv({ DEV_OUTBOX: 'off' } as Partial<Env>).fetch(local(path))
    expect(reply).toMatchObject({ status: 404, body: { code: 'route.not_found' } })
  })

  test.each(['/dev/outbox', '/dev/outbox.json'])('%s is not there for anybody beyond this machine', async (path) => {
    expect(await call('GET', `/${path}`)).toMatchObject({ status: 404, body: { code: 'route.not_found' } })
    const disguised = await countingEnv().fetch(requestOf('GET', `/${path}`, undefined, { Host: 'localhost' }))
    expect(disguised.status).toBe(404)
  })
})

describe('the settings', () => {
  const adapters = async (settings: Record<string, string>) =>
    (await countingEnv(settings as Partial<Env>).fetch(requestOf('GET', '/health'))).body.adapters

  test('health names what is in use', async () => {
    const standIn = 'local outbox (stand-in)'
    const twilio = {
      TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      TWILIO_AUTH_TOKEN: 'token',
      TWILIO_VERIFY_SERVICE_SID: `VA${'0'.repeat(32)}`,
    }
    expect(await adapters({})).toMatchObject({ mail: standIn, phone: standIn })
    expect(await adapters({ DEV_OUTBOX: '' })).toMatchObject({ mail: 'off', phone: 'off' })
    expect(await adapters({ ...smtp, ...twilio })).toMatchObject({ mail: 'smtp', phone: 'twilio' })
    expect(await adapters({ ...smtp, MAIL_ADAPTER: 'off' })).toMatchObject({ mail: 'off' })
    const cloudflare = { MAIL_ADAPTER: 'cloudflare', MAIL_FROM: 'hall@example.org', EMAIL: {} as unknown as string }
    expect(await adapters(cloudflare)).toMatchObject({ mail: 'cloudflare' })
  })

  test.each<[string, Record<string, string>, string]>([
    ['SMTP without a sender', { SMTP_HOST: 'smtp.example.org' }, 'MAIL_FROM'],
    ['Cloudflare without a sender', { MAIL_ADAPTER: 'cloudflare' }, 'MAIL_FROM'],
    ['Cloudflare without its binding', { MAIL_ADAPTER: 'cloudflare', MAIL_FROM: 'a@example.org' }, 'MAIL_ADAPTER'],
    ['SMTP without a host', { MAIL_ADAPTER: 'smtp', MAIL_FROM: 'a@example.org' }, 'SMTP_HOST'],
    ['a sender that is no address', { MAIL_FROM: 'Studyhall' }, 'MAIL_FROM'],
    ['a sender of two lines', { MAIL_FROM: 'Study\r\nBcc: eve <a@example.org>' }, 'MAIL_FROM'],
    ['a user name without a password', { ...smtp, SMTP_USERNAME: 'hall' }, 'SMTP_PASSWORD'],
    ['a placeholder for a password', { ...smtp, SMTP_USERNAME: 'hall', SMTP_PASSWORD: 'changeme' }, 'SMTP_PASSWORD'],
    ['mail in the clear across a network', { ...smtp, SMTP_SECURITY: 'none' }, 'SMTP_SECURITY'],
    ['half of Twilio', { TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}` }, 'TWILIO_AUTH_TOKEN'],
    ['an outbox for the public', { PUBLIC_URL: 'https://study.example.org' }, 'DEV_OUTBOX'],
  ])('%s is a problem, named by its setting', (_, settings, name) => {
    const read = readConfig({ ...env, ...settings })
    expect(read).toMatchObject({ ok: false, problems: expect.arrayContaining([expect.stringMatching(`^${name}: `)]) })
  })
})

async function worker(request: Request): Promise<Response> {
  const { exports } = await import('cloudflare:workers')
  return exports.default.fetch(request)
}
