import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { UserCtx } from '../../src/app/context'
import { eraseDueAccounts, tendExports } from '../../src/privacy/jobs'
import { canClaimUpload, claimUpload, explainMissedClaim, releaseUploads } from '../../src/uploads/claim-actions'
import { emptyFileTrash, sweepOrphans } from '../../src/uploads/jobs'
import { receiveFile } from '../../src/uploads/receive'
import { makeTestCtx } from '../support/ctx'
import { call, countingEnv, type Person, replyOf, requestOf, signUp } from '../support/people'
import { announce, bytesOf, fetchFile, inChunks, linkTo, pdf, send, upload } from './support'

const sha256 = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()

const actAs = async ({ id, sessionId }: Person): Promise<UserCtx> => ({
  ...(await makeTestCtx()),
  actor: {
    ...{ kind: 'user', userId: id, sessionId, sessionEndsAt: 0, role: 'student', verified: true },
    transport: 'bearer',
  },
})

const bytesUsed = (userId: string) =>
  env.DB.prepare('SELECT bytes FROM storage_use WHERE user_id = ?').bind(userId).first<number>('bytes')

const keyOf = (uploadId: string) =>
  env.DB.prepare('SELECT file_key FROM uploads WHERE id = ?').bind(uploadId).first<string>('file_key')

afterEach(() => {
  vi.useRealTimers()
})

describe('sending', () => {
  test('a file goes from announcement to reading, and its hash is that of what was sent', async () => {
    const ann = await signUp()
    const bytes = pdf('a lecture')
    const announced = await announce(ann, bytes, { filename: 'Vorlesung – 5.pdf' })
    expect(announced).toMatchObject({
      status: 201,
      body: { method: 'PUT', headers: { 'Content-Type': 'application/pdf' } },
    })
    expect(announced.headers.get('Location')).toBe(`/api/v1/uploads/${announced.body.id}`)
    expect((await ann.call('GET', `/uploads/${announced.body.id}`)).body).toMatchObject({
      state: 'pending',
      sha256: null,
    })
    const sent = await send(announced.body.uploadUrl, bytes, {
      ...announced.body.headers,
      'Content-Length': `${bytes.length}`,
    })
    expect(sent).toMatchObject({
      status: 200,
      body: { state: 'clean', sha256: await sha256(bytes), size: bytes.length },
    })

    const file = await fetchFile(await linkTo(ann, announced.body.id))
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(bytes)
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(bytes.length),
      'content-disposition': `attachment; filename="Vorlesung _ 5.pdf"; filename*=UTF-8''Vorlesung%20%E2%80%93%205.pdf`,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      etag: `"${await sha256(bytes)}"`,
    })
  })

  test('an address takes one file: of eight that are sent at once, one is stored', async () => {
    const ann = await signUp()
    const files = Array.from({ length: 8 }, (_, n) => pdf(`version ${n}`))
    const { body } = await announce(ann, pdf('version 0'))
    const sent = await Promise.all(
      files.map((bytes) => send(body.uploadUrl, bytes, { ...body.headers, 'Content-Length': `${bytes.length}` })),
    )
    expect(sent.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409, 409, 409])
    const winner = sent.findIndex(({ status }) => status === 200)
    const file = await fetchFile(await linkTo(ann, body.id))
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(files[winner])
    expect(sent.find(({ status }) => status === 409)?.body.code).toBe('upload.already_sent')
  })

  test('an address is used up by the first who begins, long before they end', async () => {
    const ann = await signUp()
    const [first, second] = [pdf('version 1'), pdf('version 2')]
    const { body } = await announce(ann, first)
    const headers = { ...body.headers, 'Content-Length': `${first.length}` }
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const begun = writer.write(first.slice(0, 10))
    const slow = send(body.uploadUrl, readable, headers)
    await begun
    // The bytes may be under way before the address is taken.
    await vi.waitFor(async () =>
      expect(
        await env.DB.prepare('SELECT started_at FROM uploads WHERE id = ?').bind(body.id).first('started_at'),
      ).not.toBeNull(),
    )
    expect(await send(body.uploadUrl, second, headers)).toMatchObject({
      status: 409,
      body: { code: 'upload.already_sent' },
    })
    await writer.write(first.slice(10))
    await writer.close()
    expect((await slow).status).toBe(200)
    const file = await fetchFile(await linkTo(ann, body.id))
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(first)
  })

  test('only the announced type and length are taken, and a wrong header does not use the address up', async () => {
    const ann = await signUp()
    const bytes = pdf()
    const { body } = await announce(ann, bytes)
    const right = { 'Content-Type': 'application/pdf', 'Content-Length': `${bytes.length}` }
    const longer = bytesOf(bytes, ' ')
    for (const [given, headers, code] of [
      [longer, { ...right, 'Content-Length': `${longer.length}` }, '422 upload.wrong_length'],
      [inChunks(bytes), { ...right, 'Content-Length': null }, '411 upload.length_required'],
      [bytes, { ...right, 'Content-Type': 'text/html' }, '415 upload.wrong_type'],
      [bytes, { ...right, 'Content-Type': null }, '415 upload.wrong_type'],
    ] as const) {
      const reply = await send(body.uploadUrl, given, headers)
      expect(`${reply.status} ${reply.body.code}`).toBe(code)
    }
    expect((await send(body.uploadUrl, bytes, right)).status).toBe(200)
  })

  test('a body that is longer or shorter than it says leaves nothing behind and frees its room', async () => {
    const ann = await signUp()
    const bytes = pdf('0123456789')
    for (const given of [bytes.slice(0, -3), bytesOf(bytes, 'x')]) {
      const { body } = await announce(ann, bytes)
      const key = (await keyOf(body.id)) as string
      const stream = new Blob([given]).stream()
      const reply = await send(body.uploadUrl, stream, { ...body.headers, 'Content-Length': `${bytes.length}` })
      expect(reply).toMatchObject({ status: 422, body: { code: 'upload.wrong_length' } })
      expect(await env.FILES.head(key)).toBeNull()
      expect((await ann.call('GET', `/uploads/${body.id}`)).body).toMatchObject({ state: 'refused' })
    }
    expect(await bytesUsed(ann.id)).toBe(0)
  })

  test('an altered, foreign or expired address is none', async () => {
    const ann = await signUp()
    const bytes = pdf()
    const { body } = await announce(ann, bytes)
    const url: string = body.uploadUrl
    const [payload = '', mac = ''] = url.slice(url.lastIndexOf('/') + 1).split('.')
    const opened = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    const other = btoa(JSON.stringify([opened[0], opened[1] + 1])).replaceAll('=', '')
    const base = url.slice(0, url.lastIndexOf('/'))
    const flipped = `${mac.slice(0, 5)}${mac[5] === 'A' ? 'B' : 'A'}${mac.slice(6)}`
    const right = { 'Content-Type': 'application/pdf', 'Content-Length': `${bytes.length}` }
    const read = await linkTo(ann, (await upload(ann)).body.id)
    for (const bad of [`${base}/${other}.${mac}`, `${base}/${payload}.${flipped}`, `${base}/${payload}`, read]) {
      const reply = await send(bad, bytes, right)
      expect(`${reply.status} ${reply.body.code}`).toBe('404 file.link_invalid')
    }
    // An address to send to is none to read from.
    expect((await fetchFile(url)).status).toBe(404)
    await env.DB.prepare('UPDATE uploads SET expires_at = ? WHERE id = ?')
      .bind(Date.now() - 1, body.id)
      .run()
    expect((await send(url, bytes, right)).status).toBe(409)
  })

  test('what is announced fits its type and purpose', async () => {
    const ann = await signUp()
    for (const [about, answer] of [
      [{ contentType: 'application/x-msdownload', filename: 'a.exe' }, '422 upload.type_not_allowed'],
      [{ contentType: 'application/pdf', purpose: 'avatar' }, '422 upload.type_not_allowed'],
      [{ contentType: 'image/gif', filename: 'a.gif', purpose: 'logo' }, '422 upload.type_not_allowed'],
      [{ filename: 'notes.pdf.html' }, '422 upload.name_not_fitting'],
      [{ filename: 'notes' }, '422 upload.name_not_fitting'],
      [{ size: 26_214_401 }, '413 upload.too_large'],
      [{ size: 0 }, '422 request.invalid'],
      [{ filename: '../../etc/passwd.pdf' }, '422 request.invalid'],
      [{ filename: 'a\r\nSet-Cookie: x=1.pdf' }, '422 request.invalid'],
      [{ filename: 'annexe\u202efdp.pdf' }, '422 request.invalid'],
    ] as const) {
      const reply = await announce(ann, pdf(), about)
      expect(`${reply.status} ${reply.body.code}`, JSON.stringify(about)).toBe(answer)
    }
    expect(await bytesUsed(ann.id)).toBeNull()
    expect((await announce(ann, pdf(), { size: 26_214_400 })).status).toBe(201)
  })
})

describe('the quota', () => {
  test('is exact when twenty files are announced at once: as many fit as fit, and a refused one leaves no row', async () => {
    const ann = await signUp()
    const counting = countingEnv({ UPLOAD_BYTES_PER_USER: '7500' } as object)
    const ask = () =>
      counting.fetch(
        requestOf(
          'POST',
          '/uploads',
          { filename: 'a.pdf', contentType: 'application/pdf', size: 1000, purpose: 'note' },
          { Authorization: `Bearer ${ann.accessToken}` },
        ),
      )
    const replies = await Promise.all(Array.from({ length: 20 }, ask))
    const made = replies.filter(({ status }) => status === 201)
    expect(made).toHaveLength(7)
    expect(replies.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'upload.quota_exceeded',
      detail: 'You have 500 bytes left; the file has 1000.',
    })
    const rows = await env.DB.prepare('SELECT count(*) AS n FROM uploads WHERE user_id = ?').bind(ann.id).first('n')
    expect([rows, await bytesUsed(ann.id)]).toEqual([7, 7000])
    // One goes, one comes.
    await env.DB.prepare('DELETE FROM uploads WHERE id = ?').bind(made[0]?.body.id).run()
    expect((await ask()).status).toBe(201)
    expect((await ask()).status).toBe(409)
  })

  test('is read by key: announcing costs a handful of rows however many files there are', async () => {
    const ann = await signUp()
    for (let n = 0; n < 5; n += 1) await upload(ann)
    const counting = countingEnv()
    const body = { filename: 'a.pdf', contentType: 'application/pdf', size: 10, purpose: 'note' }
    await counting.fetch(requestOf('POST', '/uploads', body, { Authorization: `Bearer ${ann.accessToken}` }))
    expect(counting.counts.roundTrips).toBe(2)
    expect(counting.counts.rowsRead).toBeLessThan(20)
  })

  test('nobody announces without end', async () => {
    const ann = await signUp()
    const counting = countingEnv({ UPLOADS_OPEN_PER_USER: '3' } as object)
    const body = { filename: 'a.pdf', contentType: 'application/pdf', size: 10, purpose: 'note' }
    const ask = () =>
      counting.fetch(requestOf('POST', '/uploads', body, { Authorization: `Bearer ${ann.accessToken}` }))
    for (let n = 0; n < 3; n += 1) expect((await ask()).status).toBe(201)
    expect((await ask()).body.code).toBe('upload.too_many_open')
  })
})

describe('reading', () => {
  test('is for the owner until something uses the file; for others the file is not there', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const { body } = await upload(ann)
    for (const path of [`/uploads/${body.id}`, `/uploads/${body.id}/content`]) {
      const reply = await bob.call('GET', path)
      const absent = await bob.call('GET', path.replace(body.id, 'upl_01h455vb4pex5vsknk084sn02q'))
      expect(reply.status).toBe(404)
      expect({ ...reply.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' })
    }
    expect((await announce(ann, pdf())).status).toBe(201)
  })

  test('what is not sent yet cannot be read', async () => {
    const ann = await signUp()
    const { body } = await announce(ann, pdf())
    expect((await ann.call('GET', `/uploads/${body.id}/content`)).body.code).toBe('upload.not_ready')
  })

  test('a link lives five minutes, and no longer than the file', async () => {
    const ann = await signUp()
    const { body } = await upload(ann)
    const link = await ann.call('GET', `/uploads/${body.id}/content`)
    expect(link.headers.get('Location')).toBe(link.body.url)
    const lives = Date.parse(link.body.expiresAt) - Date.now()
    expect(lives).toBeGreaterThan(290_000)
    expect(lives).toBeLessThanOrEqual(300_000)
    expect((await fetchFile(link.body.url)).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 300_001 })
    expect((await fetchFile(link.body.url)).status).toBe(404)
    vi.useRealTimers()
    await env.DB.prepare('DELETE FROM uploads WHERE id = ?').bind(body.id).run()
    expect((await replyOf(await fetchFile(link.body.url))).body.code).toBe('file.link_invalid')
  })

  test('ranges: one from either side or the middle, none beyond the end', async () => {
    const ann = await signUp()
    const bytes = bytesOf('0123456789'.repeat(10))
    const { body } = await upload(ann, bytes, { filename: 'a.txt', contentType: 'text/plain' })
    const url = await linkTo(ann, body.id)
    const etag = `"${body.sha256}"`
    const get = async (headers: Record<string, string>) => {
      const reply = await fetchFile(url, headers)
      const text = await reply.text()
      return [reply.status, reply.headers.get('Content-Range'), reply.status === 416 ? '' : text]
    }
    expect(await get({ Range: 'bytes=0-4' })).toEqual([206, 'bytes 0-4/100', '01234'])
    expect(await get({ Range: 'bytes=95-' })).toEqual([206, 'bytes 95-99/100', '56789'])
    expect(await get({ Range: 'bytes=-3' })).toEqual([206, 'bytes 97-99/100', '789'])
    expect(await get({ Range: 'bytes=98-500' })).toEqual([206, 'bytes 98-99/100', '89'])
    expect(await get({ Range: 'bytes=100-' })).toEqual([416, 'bytes */100', ''])
    expect(await get({ Range: 'bytes=-0' })).toEqual([416, 'bytes */100', ''])
    for (const none of ['bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=x'])
      expect((await get({ Range: none }))[0], none).toBe(200)
    expect(await get({ Range: 'bytes=0-4', 'If-Range': etag })).toEqual([206, 'bytes 0-4/100', '01234'])
    expect((await get({ Range: 'bytes=0-4', 'If-Range': '"other"' }))[0]).toBe(200)
    expect((await get({ Range: 'bytes=0-4', 'If-Range': `W/${etag}` }))[0]).toBe(200)
    expect(await get({ 'If-None-Match': `"x", W/${etag}`, Range: 'bytes=0-4' })).toEqual([304, null, ''])
    const head = await fetchFile(url, { Range: 'bytes=0-4' }, 'HEAD')
    expect([head.status, head.headers.get('Content-Length'), await head.text()]).toEqual([200, '100', ''])
  })

  test('pages and drawings that run are downloads of bytes, whatever is asked; pictures are shown', async () => {
    const ann = await signUp()
    const svg = bytesOf('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    const html = bytesOf('<!doctype html><script>alert(1)</script>')
    for (const [bytes, contentType, filename] of [
      [svg, 'image/svg+xml', 'a.svg'],
      [html, 'text/html', 'a.html'],
    ] as const) {
      const { status, body } = await upload(ann, bytes, { contentType, filename })
      expect(status).toBe(200)
      const { headers } = await fetchFile(await linkTo(ann, body.id, '?download=false'))
      expect(headers.get('Content-Type')).toBe('application/octet-stream')
      expect(headers.get('Content-Disposition')).toMatch(/^attachment; /)
      expect(headers.get('Content-Security-Policy')).toContain('sandbox')
    }
    const gif = bytesOf('GIF89a', [1, 0, 1, 0, 0, 0, 0, 0x3b])
    const { body } = await upload(ann, gif, { contentType: 'image/gif', filename: 'a.gif' })
    expect(body).toMatchObject({ width: 1, height: 1 })
    expect((await fetchFile(await linkTo(ann, body.id))).headers.get('Content-Disposition')).toMatch(/^inline; /)
    const saved = await fetchFile(await linkTo(ann, body.id, '?download=true'))
    expect(saved.headers.get('Content-Disposition')).toMatch(/^attachment; /)
  })
})

describe('use', () => {
  const note = (id: string) => ({ kind: 'note' as const, id })
  const use = (uploadId: string) => ({ uploadId, purpose: 'note' as const })

  test('an upload is bound once, by its owner, for its purpose, and what refuses it says why', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const ctx = await actAs(ann)
    const { body } = await upload(ann, pdf(), { purpose: 'note' })
    const bind = async (who: UserCtx, id: string, by = 'note_a') =>
      (await who.db.batch([claimUpload(who, { ...use(id), by: note(by) })]))[0].length
    const refusal = (who: UserCtx, id: string) =>
      explainMissedClaim(who, use(id)).catch((error: { code: string }) => error.code)
    expect(await bind(await actAs(bob), body.id)).toBe(0)
    expect(await refusal(await actAs(bob), body.id)).toBe('upload.not_found')
    const tries = await Promise.all(Array.from({ length: 8 }, (_, n) => bind(ctx, body.id, `note_${n}`)))
    expect(tries.filter((bound) => bound === 1)).toHaveLength(1)
    expect(await refusal(ctx, body.id)).toBe('upload.in_use')
    expect(await ctx.db.all(sql`SELECT ${canClaimUpload(ctx, use(body.id))} AS can`)).toEqual([{ can: 0 }])

    const other = await upload(ann, pdf(), { purpose: 'material' })
    expect(await bind(ctx, other.body.id)).toBe(0)
    expect(await refusal(ctx, other.body.id)).toBe('upload.wrong_purpose')
    const open = await announce(ann, pdf(), { purpose: 'note' })
    expect(await bind(ctx, open.body.id)).toBe(0)
    expect(await refusal(ctx, open.body.id)).toBe('upload.not_ready')
  })

  test('what is released frees its room at once, and cron deletes the bytes', async () => {
    const ann = await signUp()
    const ctx = await actAs(ann)
    const { body } = await upload(ann, pdf(), { purpose: 'note' })
    const key = (await keyOf(body.id)) as string
    await ctx.db.batch([claimUpload(ctx, { ...use(body.id), by: note('note_x') })])
    await ctx.db.batch([releaseUploads(ctx, note('note_x'))])
    expect(await bytesUsed(ann.id)).toBe(0)
    expect((await ann.call('GET', `/uploads/${body.id}`)).status).toBe(404)
    expect(await env.FILES.head(key)).not.toBeNull()
    await emptyFileTrash(ctx)
    expect(await env.FILES.head(key)).toBeNull()
  })

  test('what nothing uses is deleted after a day, what is not sent after its time; what is used stays', async () => {
    const ann = await signUp()
    const ctx = await actAs(ann)
    const old = Date.now() - 25 * 60 * 60_000
    const [unused, used] = [
      await upload(ann, pdf(), { purpose: 'note' }),
      await upload(ann, pdf(), { purpose: 'note' }),
    ]
    const unsent = await announce(ann, pdf())
    const fresh = await upload(ann)
    await ctx.db.batch([claimUpload(ctx, { ...use(used.body.id), by: note('note_y') })])
    await env.DB.batch([
      env.DB.prepare('UPDATE uploads SET created_at = ? WHERE id IN (?, ?)').bind(old, unused.body.id, used.body.id),
      env.DB.prepare('UPDATE uploads SET expires_at = ? WHERE id = ?').bind(Date.now() - 1, unsent.body.id),
    ])
    const key = (await keyOf(unused.body.id)) as string
    await sweepOrphans(ctx)
    await emptyFileTrash(ctx)
    const left = await env.DB.prepare('SELECT id FROM uploads WHERE user_id = ? ORDER BY id').bind(ann.id).all()
    expect(left.results).toEqual([{ id: used.body.id }, { id: fresh.body.id }])
    expect(await env.FILES.head(key)).toBeNull()
    expect(await bytesUsed(ann.id)).toBe(2 * pdf().length)
  })
})

test('a person’s export lists their files with addresses that work, and their erasure takes the bytes', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id } = (await upload(ann, pdf(), { filename: 'mine.pdf' })).body
  const key = (await keyOf(id)) as string
  await announce(ann, pdf())
  expect((await ann.call('POST', '/users/me/export')).status).toBe(202)
  const ctx = await makeTestCtx()
  await tendExports(ctx)
  const { body } = await ann.call('GET', '/users/me/export')
  const copy = await (await fetchFile(new URL(body.downloadUrl, 'https://studyhall.test').href)).json<{
    files: object[]
  }>()
  expect(copy.files).toEqual([expect.objectContaining({ id, filename: 'mine.pdf', size: pdf().length })])
  const { url } = copy.files[0] as { url: string }
  expect(url).toMatch(new RegExp(`/api/v1/uploads/${id}/content$`))
  // Whoever has the copy has no more than its addresses: they ask who is there.
  const path = url.replace(/^.*\/api\/v1/, '')
  const asked = [await ann.call('GET', path), await bob.call('GET', path), await call('GET', path)]
  expect(asked.map(({ status }) => status)).toEqual([302, 404, 401])

  await env.DB.prepare('INSERT INTO deletions VALUES (?, ?, 0, 1)').bind(ann.id, 'keep').run()
  await eraseDueAccounts(ctx)
  await emptyFileTrash(ctx)
  expect(await env.FILES.head(key)).toBeNull()
  const rows =
    'SELECT (SELECT count(*) FROM uploads WHERE user_id = ?1) + (SELECT count(*) FROM storage_use WHERE user_id = ?1) AS n'
  expect(await env.DB.prepare(rows).bind(ann.id).first('n')).toBe(0)
  expect((await upload(bob)).status).toBe(200)
})

const mebibyte = 1024 * 1024

test('a file of 25 MiB is never held: with a slow store, no more than 1 MiB has been taken from the body', async ({
  annotate,
}) => {
  const size = 25 * mebibyte
  const chunk = new Uint8Array(64 * 1024).fill(32)
  let taken = 0
  let most = 0
  const body = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      if (taken < size) {
        taken += chunk.length
        controller.enqueue(chunk.slice())
        return
      }
      controller.close()
      controller.byobRequest?.respond(0)
    },
  })
  const slow = {
    async put(_key: string, value: ReadableStream) {
      let stored = 0
      for await (const piece of value as ReadableStream<Uint8Array>) {
        most = Math.max(most, taken - stored)
        stored += piece.length
        if (stored % (5 * mebibyte) < piece.length) await new Promise((resolve) => setTimeout(resolve, 5))
        most = Math.max(most, taken - stored)
      }
      return stored
    },
  }
  await receiveFile(slow, body, { key: 'k', size, contentType: 'text/plain', purpose: 'material' })
  await annotate(`at most ${most} bytes of ${size} were on their way`, 'measured')
  expect(taken).toBe(size)
  expect(most).toBeLessThan(mebibyte)
})
