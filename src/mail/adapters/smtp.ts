import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import type { SMTPTransportOptions } from 'nodemailer/lib/smtp-transport'
import {
  type Mail,
  type Mailbox,
  MailFailure,
  type MailFailureKind,
  type MailSender,
  requireSafeMail,
} from './contract'

export interface SmtpSettings {
  host: string
  port: number
  /** `starttls` refuses to go on when the server does not offer it; `none` is for a server on the same machine. */
  security: 'starttls' | 'tls' | 'none'
  /** No signing in without it. */
  credentials: { username: string; password: string } | null
}

/** How long each step may take, in milliseconds. */
const patience = 10_000

const mailbox = ({ address, name }: Mailbox) => ({ address, name: name ?? '' })

/** Speaks SMTP to a server of the deployer's own. Certificates are always checked against the host's name. */
export function smtpMail(settings: SmtpSettings): MailSender {
  return {
    name: 'smtp',
    async send(mail: Mail) {
      requireSafeMail(mail)
      const mailer = await openMailer(settings)
      try {
        const sent = await mailer.sendMail({
          from: mailbox(mail.from),
          to: mailbox(mail.to),
          ...(mail.replyTo ? { replyTo: mailbox(mail.replyTo) } : {}),
          envelope: { from: mail.from.address, to: [mail.to.address] },
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          headers: mail.headers ?? {},
          messageId: mail.messageId,
          disableFileAccess: true,
          disableUrlAccess: true,
        })
        return { providerId: sent.response ?? null }
      } catch (error) {
        throw failureOf(error)
      }
    },
  }
}

async function openMailer(settings: SmtpSettings) {
  // Loaded with the first mail, so that a Worker that sends none starts without it.
  const [{ default: Mailer }, { default: SMTPTransport }] = await Promise.all([
    import('nodemailer/lib/mailer'),
    import('nodemailer/lib/smtp-transport'),
  ])
  const { host, port, security, credentials } = settings
  const options: SMTPTransportOptions = {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    forceAuth: credentials !== null,
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
    ...(credentials ? { auth: { user: credentials.username, pass: credentials.password } } : {}),
    // The library would look the name up by itself and connect to a number; the platform connects by name.
    getSocket: (_options, done) => {
      openSocket(settings).then(
        (connection) => done(null, { connection, secured: security === 'tls' }),
        (error) => done(error),
      )
    },
  }
  return new Mailer(new SMTPTransport(options))
}

function openSocket({ host, port, security }: SmtpSettings): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = security === 'tls'
    const socket = secure ? connectSecurely({ host, port, servername: host }) : connectPlain({ host, port })
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
