import type { Socket } from 'node:net'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { type Mail, MailFailure, type MailFailureKind, type MailSender, requireSafeMail } from './contract'

export interface SmtpSettings {
  host: string
  port: number
  /** `starttls` refuses to go on when the server does not offer it; `none` is for a server on the same machine. */
  security: 'starttls' | 'tls' | 'none'
  /** With them, a server that asks for none is refused; without them, no signing in. */
  credentials: { username: string; password: string } | null
}

/** How long each step may take, in milliseconds. */
const patience = 10_000

/** Speaks SMTP to a server of the deployer's own. Certificates are always checked against the host's name. */
export function smtpMail(settings: SmtpSettings, now: () => number): MailSender {
  return {
    name: 'smtp',
    async send(mail: Mail) {
      requireSafeMail(mail)
      // Loaded with the first mail, so that a Worker that sends none starts without them.
      const [{ asciiAddress, writeMail }, { default: Connection }] = await Promise.all([
        import('./mime'),
        import('nodemailer/lib/smtp-connection'),
      ])
      const envelope = { from: asciiAddress(mail.from.address), to: [asciiAddress(mail.to.address)] }
      const message = writeMail(mail, now())
      try {
        const connection = new Connection(await openSession(settings))
        return { providerId: await deliver(connection, settings, envelope, message) }
      } catch (error) {
        throw failureOf(error)
      }
    },
  }
}

async function openSession(settings: SmtpSettings) {
  const { host, port, security } = settings
  return {
    host,
    port,
    secure: security === 'tls',
    secured: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
    // The library would look the name up by itself and connect to a number; the platform connects by name.
    connection: await openSocket(settings),
  }
}

function openSocket({ host, port, security }: SmtpSettings): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = security === 'tls'
    const socket = secure
      ? process.getBuiltinModule('node:tls').connect({ host, port, servername: host })
      : process.getBuiltinModule('node:net').connect({ host, port })
    const fail = (error: Error) => {
      clearTimeout(timer)
      socket.destroy()
      reject(Object.assign(new Error('no connection', { cause: error }), { code: 'ECONNECTION' }))
    }
    const timer = setTimeout(() => fail(new Error('timed out')), patience)
    socket.once('error', fail)
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}

/** @returns what the server said of the mail that it took */
async function deliver(
  connection: SMTPConnection,
  { credentials }: SmtpSettings,
  envelope: { from: string; to: string[] },
  message: string,
): Promise<string> {
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      const unless = (next: () => void) => (error?: Error | null) => (error ? reject(error) : next())
      const send = () =>
        connection.send(envelope, message, (error, info) => unless(() => resolve(info?.response ?? ''))(error))
      connection.on('error', reject)
      connection.once('end', () => reject(Object.assign(new Error('hung up'), { code: 'ECONNECTION' })))
      connection.connect(
        unless(() => {
          if (!credentials) return send()
          connection.login({ user: credentials.username, pass: credentials.password }, unless(send))
        }),
      )
    })
    connection.quit()
    return answer
  } catch (error) {
    connection.close()
    throw error
  }
}

/** By RFC 5321 a 4xx is for now and a 5xx for good; what concerns signing in or TLS is the deployer's to mend. */
function failureOf(error: unknown): MailFailure {
  const { code, responseCode, command } = error as { code?: string; responseCode?: number; command?: string }
  const what = [code, command, responseCode].filter((part) => part !== undefined).join(' ')
  return new MailFailure(kindOf(code, responseCode), what || 'the SMTP server did not answer as expected', {
    cause: error,
  })
}

function kindOf(code: string | undefined, responseCode: number | undefined): MailFailureKind {
  if (responseCode !== undefined && responseCode >= 400 && responseCode < 500) return 'temporary'
  if (code === 'EAUTH' || code === 'ENOAUTH' || code === 'ETLS') return 'misconfigured'
  if (responseCode === 530 || responseCode === 535) return 'misconfigured'
  return responseCode !== undefined && responseCode >= 500 ? 'permanent' : 'temporary'
}
