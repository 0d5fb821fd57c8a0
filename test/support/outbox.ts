import { exports } from 'cloudflare:workers'
import { outboxReply } from '../../src/mail/schemas'

/** What the stand-ins for mail and phone have kept, newest first, for one recipient if one is given. */
export async function readOutbox(recipient?: string) {
  const response = await exports.default.fetch(new Request('http://localhost/dev/outbox.json'))
  const { data } = outboxReply.parse(await response.json())
  return recipient === undefined ? data : data.filter(({ to }) => to === recipient)
}
