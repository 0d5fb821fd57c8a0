import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { TestHarness } from 'wrangler'
import type { Mail } from '../../src/mail/adapters/contract'
import type { SmtpSettings } from '../../src/mail/adapters/smtp'
import { selfSigned } from '../support/certificate'
import { mailContract, mailTo, type ReceivedMail, type Sent } from './mail-contract'
import type { Order } from './sending-worker'

const folder = mkdtempSync(join(tmpdir(), 'studyhall-mail-'))
const trusted = selfSigned('localhost')
const stranger = selfSigned('localhost')
const elsewhere = selfSigned('mail.example.org')

let worker: TestHarness

beforeAll(async () => {
  // workerd trusts what this file lists; wrangler reads the variable once, when it is loaded.
  writeFileSync(join(folder, 'trusted.pem'), trusted.cert + elsewhere.cert)
  process.env.NODE_EXTRA_CA_CERTS = join(folder, 'trusted.pem')
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
  const { createTestHarness } = await import('wrangler')
  const { leftOut } = await import('../support/left-out')
  worker = createTestHarness({
    root: folder,
    workers: [
      {
        config: {
          name: 'sending',
          main: resolve('test/mail/sending-worker.ts'),
          compatibility_date: '2026-10-01',
          compatibility_flags: ['nodejs_compat'],
          alias: leftOut,
          send_email: [{ name: 'EMAIL' }],
        },
      },
    ],
  })
  await worker.listen()
})

afterAll(async () => {
  await worker?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function order(body: Order): Promise<Sent> {
  const response = await worker.fetch('/', { method: 'POST', body: JSON.stringify(body) })
  return (await response.json()) as Sent
}

/** A real SMTP server on this machine, which remembers who signed in, how, and what came. */
class MailServer {
  readonly logins: { method: string; username: string; password: string; secure: boolean }[] = []
  readonly raw: string[] = []
  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
  ) {}

  static async start(options: SMTPServerOptions = {}): Promise<MailServer> {
    const started: { server?: MailServer } = {}
    const smtp = new SMTPServer({
      ...trusted,
      onAuth({ method, username, password }, session, done) {
        const login = { method, username: username ?? '', password: password ?? '', secure: session.secure }
        started.server?.logins.push(login)
        if (username === 'hall' && password === 'päss:word') done(null, { user: username })
        else done(new Error('no such user'))
      },
      onData(stream, _session, done) {
        const chunks: Buffer[] = []
        stream.on('data', (chunk) => chunks.push(chunk))
        stream.on('end', () => {
          started.server?.raw.push(Buffer.concat(chunks).toString('latin1'))
          done()
        })
      },
      ...options,
    })
    smtp.on('error', () => {})
    await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve))
    const address = smtp.server.address()
    started.server = new MailServer(smtp, address && typeof address === 'object' ? address.port : 0)
    return started.server
  }

  async received(): Promise<ReceivedMail[]> {
    return Promise.all(
      this.raw.splice(0).map(async (raw) => {
        const mail = await PostalMime.parse(Buffer.from(raw, 'latin1'))
        return {
          from: mail.from?.address ?? '',
          to: mail.to?.map(({ address }) => address).join() ?? '',
          subject: mail.subject ?? '',
          text: mail.text ?? '',
          html: mail.html ?? '',
          messageId: mail.messageId ?? '',
        }
      }),
    )
  }

  settings(overrides: Partial<SmtpSettings> = {}): SmtpSettings {
    const credentials = { username: 'hall', password: 'päss:word' }
    return { host: 'localhost', port: this.port, security: 'starttls', credentials, ...overrides }
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()))
  }
}

async function withServer<T>(options: SMTPServerOptions, use: (server: MailServer) => Promise<T>): Promise<T> {
  const server = await MailServer.start(options)
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

describe('SMTP, by STARTTLS', () => {
  let server: MailServer
  beforeAll(async () => {
    server = await MailServer.start()
  })
  afterAll(() => server.stop())
  mailContract(() => ({
    send: (mail: Mail) => order({ smtp: server.settings(), mail }),
    received: () => server.received(),
  }))

  test('it signs in only after the line is encrypted', async () => {
    server.logins.length = 0
    await order({ smtp: server.settings(), mail: mailTo('ada@example.net') })
    expect(server.logins).toEqual([{ method: 'PLAIN', username: 'hall', password: 'päss:word', secure: true }])
    await server.received()
  })

  test('a name with quotes, commas and umlauts arrives as it was', async () => {
    const name = 'Ada "the, first" Lövelace'
    await order({
      smtp: server.settings(),
      mail: mailTo('ada@example.net', { from: { address: 'a@example.org', name } }),
    })
    const mail = await PostalMime.parse(Buffer.from(server.raw.splice(0).join(''), 'latin1'))
    expect(mail.from).toMatchObject({ name, address: 'a@example.org' })
  })
})

describe('SMTP', () => {
  test('TLS from the first byte works too', async () => {
    await withServer({ secure: true }, async (server) => {
      const smtp = server.settings({ security: 'tls' })
      expect(await order({ smtp, mail: mailTo('ada@example.net') })).toMatchObject({ ok: true })
      expect(server.logins).toMatchObject([{ secure: true }])
      expect(await server.received()).toHaveLength(1)
    })
  })

  test('AUTH LOGIN works where a server knows no other', async () => {
    await withServer({ authMethods: ['LOGIN'] }, async (server) => {
      expect(await order({ smtp: server.settings(), mail: mailTo('ada@example.net') })).toMatchObject({ ok: true })
      expect(server.logins).toMatchObject([{ method: 'LOGIN', username: 'hall', password: 'päss:word' }])
    })
  })

  test('a server that hides STARTTLS learns neither the password nor the mail', async () => {
    const options = { hideSTARTTLS: true, disabledCommands: ['STARTTLS'], allowInsecureAuth: true, authOptional: true }
    await withServer(options, async (server) => {
      const sent = await order({ smtp: server.settings(), mail: mailTo('ada@example.net') })
      expect(sent).toMatchObject({ ok: false })
      expect(server.logins).toEqual([])
      expect(server.raw).toEqual([])
    })
  })

  test.each([
    ['that nobody vouches for', stranger],
    ['of another host', elsewhere],
  ])('a certificate %s is not believed', async (_, certificate) => {
    for (const security of ['starttls', 'tls'] as const)
      await withServer({ ...certificate, secure: security === 'tls' }, async (server) => {
        const sent = await order({ smtp: server.settings({ security }), mail: mailTo('ada@example.net') })
        expect(sent).toMatchObject({ ok: false })
        expect(server.logins).toEqual([])
        expect(server.raw).toEqual([])
      })
  })

  test('a server that wants no password, where one is set, is not the one that was meant', async () => {
    await withServer({ authOptional: true, disabledCommands: ['AUTH'] }, async (server) => {
      const sent = await order({ smtp: server.settings(), mail: mailTo('ada@example.net') })
      expect(sent).toMatchObject({ ok: false })
      expect(server.raw).toEqual([])
    })
  })

  test('a wrong password is a setting to mend', async () => {
    await withServer({}, async (server) => {
      const smtp = server.settings({ credentials: { username: 'hall', password: 'wrong' } })
      const sent = await order({ smtp, mail: mailTo('ada@example.net') })
      expect(sent).toMatchObject({ ok: false, kind: 'misconfigured' })
      expect(JSON.stringify(sent)).not.toContain('wrong')
    })
  })

  test.each([
    [550, 'permanent'],
    [450, 'temporary'],
  ])('a recipient refused with %i is a failure of the kind %s', async (responseCode, kind) => {
    const onRcptTo: SMTPServerOptions['onRcptTo'] = ({ address }, _session, done) =>
      done(Object.assign(new Error(`<${address}> not here`), { responseCode }))
    await withServer({ onRcptTo }, async (server) => {
      const sent = await order({ smtp: server.settings(), mail: mailTo('ada@example.net') })
      expect(sent).toMatchObject({ ok: false, kind })
      expect(JSON.stringify(sent)).not.toContain('ada@')
    })
  })

  test('a server that is not there may be there later', async () => {
    const smtp = await withServer({}, async (server) => server.settings())
    expect(await order({ smtp, mail: mailTo('ada@example.net') })).toMatchObject({ ok: false, kind: 'temporary' })
  })

  test('a server that hangs up in the middle ends the try at once', async () => {
    const server = createServer((socket) => socket.end('220 localhost ESMTP\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = address && typeof address === 'object' ? address.port : 0
    const smtp: SmtpSettings = { host: 'localhost', port, security: 'starttls', credentials: null }
    expect(await order({ smtp, mail: mailTo('ada@example.net') })).toMatchObject({ ok: false, kind: 'temporary' })
    server.close()
  })

  test('a server on the same machine may go without TLS and without a password', async () => {
    await withServer({ authOptional: true, disabledCommands: ['STARTTLS'] }, async (server) => {
      const smtp = server.settings({ security: 'none', credentials: null })
      expect(await order({ smtp, mail: mailTo('ada@example.net') })).toMatchObject({ ok: true })
      expect(await server.received()).toHaveLength(1)
    })
  })
})

describe('Cloudflare’s binding, as it runs on one’s own machine', () => {
  const seen = new Set<string>()
  interface Entry {
    messageId: string
    from: string
    to: string[]
    subject: string
    headers: Record<string, string>
  }

  /** The local binding lists what it was given on a page of its own, and writes the words into files. */
  async function received(): Promise<ReceivedMail[]> {
    const response = await worker.fetch('/cdn-cgi/local/explorer/api/local/email/sending')
    const { result } = (await response.json()) as { result: Entry[] }
    const fresh = result.filter(({ messageId }) => !seen.has(messageId))
    for (const { messageId } of fresh) seen.add(messageId)
    return Promise.all(
      fresh.map(async ({ messageId, from, to, subject, headers }) => ({
        from: /<([^<>]+)>/.exec(from)?.[1] ?? from,
        to: to.join(),
        subject,
        text: await words(`${messageId.slice(1, -1)}.txt`),
        html: await words(`${messageId.slice(1, -1)}.html`),
        messageId: headers['X-Studyhall-Message-ID'] ?? '',
      })),
    )
  }

  /** Written after the binding has answered. */
  const words = (name: string) =>
    vi.waitFor(() => {
      const path = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((file) => file.endsWith(name))
      if (path === undefined) throw new Error(`there is no ${name} yet`)
      return readFileSync(join(folder, path), 'utf8')
    })

  mailContract(() => ({ send: (mail: Mail) => order({ smtp: null, mail }), received }))
})
