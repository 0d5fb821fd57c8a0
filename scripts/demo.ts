/**
 * The main job from end to end, against a running server: three people, one room, real sockets.
 * Exits with 1 when anything that should have been seen was not.
 */
import { ApiError, type Link, Person, type RoomEvent } from './demo/client'

const base = process.argv[2] ?? process.env.STUDYHALL_URL ?? `http://localhost:${process.env.PORT ?? 8787}`
const startedAt = performance.now()
const missing: string[] = []

function step(text: string, ms?: number): void {
  const clock = `${Math.round(performance.now() - startedAt)} ms`.padStart(8)
  console.log(`${clock}  ${text}${ms === undefined ? '' : `  (${ms.toFixed(1)} ms)`}`)
}

function expect(what: string, holds: boolean): void {
  if (!holds) {
    missing.push(what)
    console.log(`          MISSING: ${what}`)
  }
}

const textOf = (event: RoomEvent) => (event.message as { text?: string } | undefined)?.text

interface Frame {
  type: string
  nonce: string
  [field: string]: unknown
}

/** Sends a frame and waits until everybody has heard what came of it. */
async function tell(link: Link, frame: Frame, all: Link[], fits: (event: RoomEvent) => boolean) {
  const sentAt = performance.now()
  link.send(frame)
  const [ack, ...heard] = await Promise.all([
    link.until((event) => (event.type === 'ack' || event.type === 'error') && event.nonce === frame.nonce),
    ...all.map((each) => each.until(fits)),
  ])
  if (ack.event.type === 'error') throw new Error(`${frame.type} was refused: ${ack.event.code}`)
  return { ack: ack.event, ms: Math.max(...heard.map(({ at }) => at)) - sentAt }
}

async function main(): Promise<void> {
  console.log(`Studyhall demo against ${base}\n`)
  await fetch(new URL('/api/v1/health', base)).catch(() => {
    throw new Error(`nobody answers at ${base}; start the server first with: npx bun start`)
  })

  const [mira, jonas, wen] = await Promise.all(
    ['Mira Okafor', 'Jonas Lindqvist', '文 静'].map((name) => Person.register(base, name)),
  )
  if (!mira || !jonas || !wen) throw new Error('three people should have registered')
  step(`${[mira, jonas, wen].map((who) => `${who.name} (@${who.username})`).join(', ')} signed up`)

  const room = await mira.call<{ id: string; name: string }>('POST', '/rooms', {
    name: 'Linear algebra, quietly',
    maxParticipants: 3,
  })
  await Promise.all([jonas, wen].map((who) => who.call('POST', `/rooms/${room.id}/join`)))
  step(`Mira made the room "${room.name}" for three, and Jonas and 文 静 joined`)

  const late = await Person.register(base, 'Late Larry')
  const refusal = await late.call('POST', `/rooms/${room.id}/join`).catch((error) => error)
  expect('a fourth person is refused with room.full', refusal instanceof ApiError && refusal.code === 'room.full')
  step('a fourth person was told that the room is full')

  const openedAt = performance.now()
  const [miraLink, jonasLink, wenLink] = await Promise.all([mira, jonas, wen].map((who) => who.connect(room.id)))
  if (!miraLink || !jonasLink || !wenLink) throw new Error('three sockets should be open')
  const links = [miraLink, jonasLink, wenLink]
  step('three sockets are open and ready', performance.now() - openedAt)

  const hello = await tell(
    miraLink,
    { type: 'message.send', nonce: 'm1', text: 'Shall we start with eigenvalues?' },
    links,
    (event) => event.type === 'message.created' && textOf(event) === 'Shall we start with eigenvalues?',
  )
  step('Mira wrote, and all three heard it', hello.ms)
  const messageId = String(hello.ack.id)

  const again = await tell(
    miraLink,
    { type: 'message.send', nonce: 'm1', text: 'Shall we start with eigenvalues?' },
    [],
    () => true,
  )
  expect('the same nonce makes no second message', again.ack.id === messageId)

  const reaction = await tell(
    jonasLink,
    { type: 'reaction.add', nonce: 'j1', messageId, emoji: '👍' },
    links,
    (event) => event.type === 'reaction.added' && event.messageId === messageId,
  )
  step('Jonas reacted with 👍', reaction.ms)

  const edit = await tell(
    miraLink,
    { type: 'message.edit', nonce: 'm2', messageId, text: 'Shall we start with eigenvectors?' },
    links,
    (event) => event.type === 'message.updated' && textOf(event) === 'Shall we start with eigenvectors?',
  )
  step('Mira edited her message', edit.ms)

  const seen = wenLink.lastSeq
  wenLink.close()
  await wenLink.closed
  step(`文 静 lost her link after event ${seen}`)
  for (const [n, text] of ['Missed one', 'Missed two', 'Missed three'].entries())
    await tell(
      jonasLink,
      { type: 'message.send', nonce: `away-${n}`, text },
      [miraLink, jonasLink],
      (event) => textOf(event) === text,
    )
  const resumedAt = performance.now()
  const wenAgain = await wen.connect(room.id, seen)
  await wenAgain.until((event) => event.type === 'resumed')
  const replayed = wenAgain.heard.map(({ event }) => event).filter(takesSeq)
  expect(
    'the resumed link replays exactly the three messages she missed, in order',
    replayed
      .filter((event) => event.type === 'message.created')
      .map(textOf)
      .join('|') === 'Missed one|Missed two|Missed three',
  )
  step(`文 静 came back and was given the ${replayed.length} events she had missed`, performance.now() - resumedAt)

  const kickedAt = performance.now()
  await mira.call('DELETE', `/rooms/${room.id}/members/${jonas.id}`)
  const closing = await jonasLink.closed
  expect('the kicked person is closed with 4403', closing.code === 4403)
  await Promise.all([miraLink, wenAgain].map((link) => link.until((event) => event.type === 'member.left')))
  step(`Mira removed Jonas; his socket closed with ${closing.code}`, performance.now() - kickedAt)
  const barred = await jonas.call('GET', `/channels/${room.id}/messages`).catch((error) => error)
  expect('the kicked person can no longer read the channel', barred instanceof ApiError && barred.status >= 403)

  const history = await wen.call<{ data: { text: string; reactions: unknown[] }[] }>(
    'GET',
    `/channels/${room.id}/messages`,
  )
  expect(
    'history over HTTP agrees with what was said',
    history.data.map(({ text }) => text).join('|') ===
      'Missed three|Missed two|Missed one|Shall we start with eigenvectors?',
  )

  report('Mira', [miraLink])
  report('Jonas', [jonasLink])
  report('文 静', [wenLink, wenAgain])
  for (const link of [miraLink, wenAgain]) link.close()
}

/** The others only say where the channel stands, or answer. */
function takesSeq(event: RoomEvent): boolean {
  return event.seq !== undefined && !['ready', 'ack', 'resumed', 'read.updated'].includes(event.type)
}

function report(name: string, links: Link[]): void {
  const events = links.flatMap((link) => link.heard.map(({ event }) => event))
  const seqs = links.flatMap((link) =>
    link.heard.flatMap(({ event }) => (takesSeq(event) && event.seq ? [event.seq] : [])),
  )
  expect(
    `${name} saw every event once and in order`,
    seqs.every((seq, at) => at === 0 || seq === (seqs[at - 1] ?? 0) + 1),
  )
  console.log(`\n${name} saw`)
  for (const event of events) {
    const text = textOf(event)
    const seq = takesSeq(event) ? String(event.seq).padStart(3) : '  ·'
    console.log(`  ${seq}  ${event.type}${text ? `  "${text}"` : ''}${event.emoji ? `  ${event.emoji}` : ''}`)
  }
}

main()
  .catch((error: unknown) => missing.push(error instanceof Error ? error.message : String(error)))
  .then(() => {
    if (missing.length > 0) {
      console.error(`\nThe demo failed:\n${missing.map((one) => `  - ${one}`).join('\n')}`)
      process.exit(1)
    }
    console.log(`\nEverything that should be seen was seen, in ${Math.round(performance.now() - startedAt)} ms.`)
    process.exit(0)
  })
