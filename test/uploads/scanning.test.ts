import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { Ctx } from '../../src/app/context'
import { onQueue } from '../../src/app/queue'
import { ScanFailed, type Verdict } from '../../src/uploads/adapters/contract'
import { tendScans } from '../../src/uploads/jobs'
import { scanRequest } from '../../src/uploads/scan-actions'
import { makeTestCtx } from '../support/ctx'
import { countingEnv, type Person, requestOf, signUp } from '../support/people'
import { pdf, upload } from './support'

const address = { CLAMD_ADDRESS: 'clamd.test:3310' }

/** The Worker with scanning on. Its queue is the test's: what asks for a scan is kept here. */
function scanningWorker() {
  const asked: unknown[] = []
  const worker = countingEnv({ ...address, EVENTS: { send: async (body: unknown) => asked.push(body) } } as object)
  const call = (person: Person, method: string, path: string, body?: unknown) =>
    worker.fetch(requestOf(method, path, body, { Authorization: `Bearer ${person.accessToken}` }))
  const uploadTo = async (person: Person) => {
    const about = { filename: 'a.pdf', contentType: 'application/pdf', size: pdf().length, purpose: 'attachment' }
    const { body } = await call(person, 'POST', '/uploads', about)
    const headers = { ...body.headers, 'Content-Length': String(pdf().length) }
    const sent = await worker.fetch(new Request(body.uploadUrl, { method: 'PUT', headers, body: pdf() }))
    return sent.body
  }
  return { asked, call, uploadTo }
}

/** The queue's side, with a scanner that says what the test wants. */
async function consume(uploadId: string, say: () => Verdict): Promise<string> {
  const ctx: Ctx = { ...(await makeTestCtx(address)), scanner: { name: 'test', scan: async () => say() } }
  const done: string[] = []
  const message = { id: 'm', body: scanRequest(uploadId), ack: () => done.push('ack'), retry: () => done.push('retry') }
  await onQueue(ctx, { queue: 'studyhall-events', messages: [message] } as unknown as MessageBatch)
  return done.join()
}

const failing = (): Verdict => {
  throw new ScanFailed('nobody there')
}

const stateOf = (id: string) => env.DB.prepare('SELECT state FROM uploads WHERE id = ?').bind(id).first('state')

test('while scanning is on a file waits, is read by nobody, and is there once it is clean', async () => {
  const ann = await signUp()
  const { asked, call, uploadTo } = scanningWorker()
  const { id, state } = await uploadTo(ann)
  expect([state, asked]).toEqual(['uploaded', [scanRequest(id)]])
  expect((await call(ann, 'GET', `/uploads/${id}/content`)).body.code).toBe('upload.not_ready')
  expect(await consume(id, failing)).toBe('ack')
  expect(await stateOf(id)).toBe('scanning')
  expect((await call(ann, 'GET', `/uploads/${id}/content`)).body.code).toBe('upload.not_ready')
  await env.DB.prepare('UPDATE uploads SET asked_at = 1 WHERE id = ?').bind(id).run()
  expect(await consume(id, () => ({ clean: true }))).toBe('ack')
  expect(await stateOf(id)).toBe('clean')
  expect((await call(ann, 'GET', `/uploads/${id}/content`)).status).toBe(302)
  // A message that comes twice finds nothing to do.
  await consume(id, () => ({ clean: false, found: 'Late' }))
  expect(await stateOf(id)).toBe('clean')
})

test('what the scanner finds is refused, says so, frees its room and goes', async () => {
  const ann = await signUp()
  const { call, uploadTo } = scanningWorker()
  const { id } = await uploadTo(ann)
  await consume(id, () => ({ clean: false, found: 'Eicar-Test-Signature' }))
  expect((await call(ann, 'GET', `/uploads/${id}`)).body).toMatchObject({
    ...{ state: 'refused', reason: 'The scanner found Eicar-Test-Signature in it.' },
  })
  expect((await call(ann, 'GET', `/uploads/${id}/content`)).status).toBe(404)
  const used = await env.DB.prepare('SELECT bytes FROM storage_use WHERE user_id = ?').bind(ann.id).first('bytes')
  expect(used).toBe(0)
})

test('what came while scanning was off is held back once it is on, and scanned', async () => {
  const ann = await signUp()
  const { id } = (await upload(ann)).body
  const { call } = scanningWorker()
  expect((await call(ann, 'GET', `/uploads/${id}/content`)).body.code).toBe('upload.not_ready')
  const asked: string[] = []
  const ctx: Ctx = {
    ...(await makeTestCtx(address)),
    scanner: { name: 'test', scan: async () => ({ clean: true }) },
    askForScan: async (uploadId) => void asked.push(uploadId),
  }
  while (!asked.includes(id)) await tendScans(ctx)
  await consume(id, () => ({ clean: true }))
  expect((await call(ann, 'GET', `/uploads/${id}/content`)).status).toBe(302)
})

test('when scanning is switched off, nothing waits for it any more', async () => {
  const ann = await signUp()
  const { uploadTo } = scanningWorker()
  const { id } = await uploadTo(ann)
  await tendScans(await makeTestCtx())
  expect(await stateOf(id)).toBe('clean')
})
