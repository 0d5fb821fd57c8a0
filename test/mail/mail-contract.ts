import { expect, test } from 'vitest'
import type { Mail, MailFailureKind } from '../../src/mail/adapters/contract'

export interface ReceivedMail {
  from: string
  to: string
  subject: string
  text: string
  html: string
  /** By whichever header the adapter carries it. */
  messageId: string
}

export type Sent = { ok: true; providerId: string | null } | { ok: false; kind: MailFailureKind | null; reason: string }

export interface MailSetup {
  send(mail: Mail): Promise<Sent>
  /** Everything that has arrived since the last call. */
  received(): Promise<ReceivedMail[]>
}

let made = 0

export function mailTo(address: string, overrides: Partial<Mail> = {}): Mail {
  made += 1
  return {
    from: { address: 'studyhall@example.org', name: 'Studyhall' },
    to: { address },
    subject: 'Confirm your mail address',
    text: 'Hello.\n',
    html: '<p>Hello.</p>\n',
    messageId: `<mail-${made}@example.org>`,
    ...overrides,
  }
}

/** What every mail adapter promises. The real ones and the stand-in go through the same tests. */
export function mailContract(setup: () => MailSetup): void {
  test('a mail arrives with its words, its sender and its recipient', async () => {
    const mail = mailTo('ada@example.net', {
      subject: 'Grüße aus Zürich: 学习 📚',
      text: 'Über den Wolken…\n\n.\n..\n. a line that begins with a dot\nFrom here on\n',
      html: '<p>Über den Wolken…</p>\n<p>.</p>\n',
    })
    expect(await setup().send(mail)).toMatchObject({ ok: true })
    const [arrived, ...others] = await setup().received()
    expect(others).toEqual([])
    expect(arrived).toMatchObject({
      from: 'studyhall@example.org',
      to: 'ada@example.net',
      subject: mail.subject,
      messageId: mail.messageId,
    })
    expect(arrived?.text.trimEnd()).toBe(mail.text.trimEnd())
    expect(arrived?.html.trimEnd()).toBe(mail.html.trimEnd())
  })

  test('a mail that is sent again carries the id of the first', async () => {
    const mail = mailTo('ada@example.net')
    await setup().send(mail)
    await setup().send(mail)
    expect((await setup().received()).map(({ messageId }) => messageId)).toEqual([mail.messageId, mail.messageId])
  })

  test.each<[string, Partial<Mail>]>([
    ['a subject of two lines', { subject: 'Hello\r\nBcc: eve@example.net' }],
    ['a name of two lines', { from: { address: 'studyhall@example.org', name: 'Studyhall\nBcc: eve@example.net' } }],
    ['an address with a command behind it', { to: { address: 'ada@example.net>\r\nRCPT TO:<eve@example.net' } }],
    ['a list of addresses', { to: { address: 'ada@example.net, eve@example.net' } }],
    ['a header of two lines', { headers: { 'X-Note': 'one\r\nBcc: eve@example.net' } }],
    ['a header whose name is two', { headers: { 'X-Note: one\r\nBcc': 'eve@example.net' } }],
    ['an id of two lines', { messageId: '<mail@example.org>\r\nBcc: eve@example.net' }],
  ])('%s is refused for good, and nothing is sent', async (_, overrides) => {
    expect(await setup().send(mailTo('ada@example.net', overrides))).toMatchObject({ ok: false, kind: 'permanent' })
    expect(await setup().received()).toEqual([])
  })
}
