import { isAddress, type Mailbox } from './adapters/contract'

/** Reads `Studyhall <hello@example.org>` or `hello@example.org`. Null for anything else. */
export function parseMailbox(text: string): Mailbox | null {
  const [, quoted, plain, bracketed] = /^\s*(?:"([^"<>]*)"|([^"<>]*?))\s*<([^<>]+)>\s*$/.exec(text) ?? []
  const address = (bracketed ?? text).trim()
  const name = (quoted ?? plain ?? '').trim()
  if (!isAddress(address) || /\p{Cc}/u.test(name)) return null
  return name === '' ? { address } : { address, name }
}

/** The same for a setting that was checked when the Worker started. */
export function readMailbox(text: string): Mailbox {
  const mailbox = parseMailbox(text)
  if (!mailbox) throw new Error('MAIL_FROM is not an address')
  return mailbox
}
