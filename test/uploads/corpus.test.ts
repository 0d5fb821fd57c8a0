import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { type Person, signUp } from '../support/people'
import { announce, bytesOf, fetchFile, inChunks, linkTo, pdf, pngOf, send, upload } from './support'

// Truncated bodies, many at one address, altered and expired addresses: uploads.test.ts, where the addresses are.

/** What comes of a file: the answer to its announcement if that is a refusal, else to the file. */
async function attempt(person: Person, bytes: Uint8Array<ArrayBuffer>, about: object): Promise<string> {
  const announced = await announce(person, bytes, about)
  if (announced.status !== 201) return `${announced.status} ${announced.body.code}`
  const { uploadUrl, headers } = announced.body
  const sent = await send(uploadUrl, bytes, { ...headers, 'Content-Length': `${bytes.length}` })
  return sent.status === 200 ? 'taken' : `${sent.status} ${sent.body.code}`
}

const html = '<html><script>alert(document.cookie)</script>'
const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
const exe = bytesOf('MZ', [0x90, 0, 3, 0, 0, 0], 'This program cannot be run in DOS mode')
const zip = bytesOf([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0], 'x'.repeat(60))
const utf16 = bytesOf([0xff, 0xfe, 0x68, 0, 0x69, 0])
const jpegOf = (width: number, height: number) =>
  bytesOf(
    [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0],
    [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x55, 0xff, 0xd9],
  )

const [type, name, refused] = ['422 upload.type_not_allowed', '422 upload.name_not_fitting', '422 upload.refused']

const disguises: [
  what: string,
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
  filename: string,
  answer: string,
][] = [
  ['HTML as a PNG', bytesOf(html), 'image/png', 'a.png', refused],
  ['HTML as a JPEG', bytesOf(html), 'image/jpeg', 'a.jpg', refused],
  ['HTML as a PDF', bytesOf(html), 'application/pdf', 'a.pdf', refused],
  ['HTML as text', bytesOf(html), 'text/plain', 'a.txt', refused],
  [
    'HTML behind a byte order mark and blanks',
    bytesOf([0xef, 0xbb, 0xbf], `\n\t ${html}`),
    'text/csv',
    'a.csv',
    refused,
  ],
  ['HTML behind comments', bytesOf(`<!-- a --> <!-- b -->${html}`), 'text/markdown', 'a.md', refused],
  ['comments without an end', bytesOf('<!-- '.repeat(100)), 'text/plain', 'a.txt', 'taken'],
  ['HTML as JSON', bytesOf(`<!DOCTYPE html>${html}`), 'application/json', 'a.json', refused],
  ['SVG as a PNG', bytesOf(svg), 'image/png', 'a.png', refused],
  ['SVG as text', bytesOf(svg), 'text/plain', 'a.txt', refused],
  ['SVG behind its XML head as text', bytesOf(`<?xml version="1.0"?>${svg}`), 'text/plain', 'a.txt', refused],
  ['HTML named as a picture', bytesOf(html), 'text/html', 'a.png', name],
  ['a PDF that is HTML by its last name', pdf(), 'application/pdf', 'a.pdf.html', name],
  ['a name that only ends in a dot', pdf(), 'application/pdf', 'a.pdf.', '422 request.invalid'],
  ['a PNG as a JPEG', pngOf(9, 9), 'image/jpeg', 'a.jpg', refused],
  ['a PNG named as a JPEG', pngOf(9, 9), 'image/png', 'a.jpg', name],
  ['a ZIP as a PDF', zip, 'application/pdf', 'a.pdf', refused],
  ['a PDF as a ZIP', pdf(), 'application/zip', 'a.zip', refused],
  ['a PDF as text', pdf(), 'text/plain', 'a.txt', refused],
  ['a PDF behind other bytes', bytesOf('junk', pdf()), 'application/pdf', 'a.pdf', refused],
  ['a program as a ZIP', exe, 'application/zip', 'a.zip', refused],
  ['a program as text', exe, 'text/plain', 'a.txt', refused],
  ['a program', exe, 'application/x-msdownload', 'a.exe', type],
  ['text in UTF-16', utf16, 'text/plain', 'a.txt', refused],
  ['text with NUL', bytesOf('a\0b'), 'text/plain', 'a.txt', refused],
  ['text that ends in half a character', bytesOf('a', [0xe2, 0x82]), 'text/plain', 'a.txt', refused],
  ['a picture of 50,000 x 50,000', pngOf(50_000, 50_000), 'image/png', 'a.png', refused],
  ['a picture that is long and thin', pngOf(2_000_000, 1), 'image/png', 'a.png', refused],
  ['a JPEG of 65,500 x 65,500', jpegOf(65_500, 65_500), 'image/jpeg', 'a.jpg', refused],
  ['a JPEG as it should be', jpegOf(8, 8), 'image/jpeg', 'a.jpg', 'taken'],
  ['a picture that is cut off', pngOf(9, 9).slice(0, -8), 'image/png', 'a.png', refused],
  ['nothing but the mark of a PNG', pngOf(9, 9).slice(0, 8), 'image/png', 'a.png', refused],
  ['any type at all', bytesOf('x'), '*/*', 'a.txt', type],
  ['a type with a line break', bytesOf('x'), 'text/plain\r\nX: y', 'a.txt', type],
  ['an inherited name as a type', bytesOf('x'), 'constructor', 'a.txt', type],
]

test.each(disguises)('%s', async (_what, bytes, contentType, filename, answer) => {
  expect(await attempt(await signUp(), bytes, { contentType, filename })).toBe(answer)
})

describe('names', () => {
  test.each([
    ['../../etc/passwd.pdf'],
    ['..\\..\\boot.pdf'],
    ['/etc/passwd.pdf'],
    ['..pdf'],
    ['a\r\nContent-Type: text/html.pdf'],
    ['a\0.pdf'],
    ['annexe\u202efdp.pdf'],
    ['a\u2066b.pdf'],
    ['a\u200bb.pdf'],
    ['a\u2028b.pdf'],
    ['x'.repeat(201)],
  ])('%j is none', async (filename) => {
    expect(await attempt(await signUp(), pdf(), { filename })).toBe('422 request.invalid')
  })

  test.each([
    ['ملخص الدرس.pdf'],
    ['סיכום.pdf'],
    ['می‌خواهم.pdf'],
    ['線形代数.pdf'],
    ['Übung “5” 100%;x=y.pdf'],
    [`it's "quoted" \\u.pdf`.replace('\\', '')],
    ['👩‍🏫.pdf'],
  ])('%j comes back as it was, in a header that nothing breaks out of', async (filename) => {
    const ann = await signUp()
    const { body } = await upload(ann, pdf(), { filename })
    const header = (await fetchFile(await linkTo(ann, body.id))).headers.get('Content-Disposition') as string
    const parts = /^attachment; filename="(?<plain>[ !#$&-~]*)"; filename\*=UTF-8''(?<full>[\w!#$&+.^`|~%-]+)$/.exec(
      header,
    )
    expect(parts, header).not.toBeNull()
    expect(decodeURIComponent(parts?.groups?.full as string)).toBe(filename.normalize('NFC'))
  })
})

describe('two things at once', () => {
  const stored = async (person: Person, bytes: Uint8Array<ArrayBuffer>, about: object) => {
    const { body } = await upload(person, bytes, about)
    const file = await fetchFile(await linkTo(person, body.id))
    return { headers: file.headers, bytes: new Uint8Array(await file.arrayBuffer()) }
  }

  test('a GIF that is a script is a GIF to every browser, and nothing it could run in', async () => {
    const polyglot = bytesOf('GIF89a/*', [1, 0], '*/=1;alert(document.domain)//', [0x3b])
    const { headers } = await stored(await signUp(), polyglot, { contentType: 'image/gif', filename: 'a.gif' })
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/gif',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  test('a PDF that is HTML is a download of a PDF', async () => {
    const { headers } = await stored(await signUp(), bytesOf('%PDF-1.7\n', html), {})
    expect(headers.get('Content-Type')).toBe('application/pdf')
    expect(headers.get('Content-Disposition')).toMatch(/^attachment; /)
  })

  test('what hangs behind a picture, or in its comments, is not stored', async () => {
    const about = { contentType: 'image/png', filename: 'a.png' }
    const withZip = await stored(await signUp(), bytesOf(pngOf(9, 9), zip), about)
    expect(withZip.bytes).toHaveLength(pngOf(9, 9).length + zip.length)
    expect(withZip.bytes.slice(pngOf(9, 9).length).every((byte) => byte === 0)).toBe(true)
    const withPage = await stored(await signUp(), pngOf(9, 9, `Comment\0${html}`), about)
    expect(new TextDecoder().decode(withPage.bytes)).not.toContain('script')
    const jpeg = jpegOf(8, 8)
    const comment = bytesOf([0xff, 0xfe, 0, html.length + 2], html)
    const commented = bytesOf(jpeg.slice(0, 2), comment, jpeg.slice(2), html)
    const photo = await stored(await signUp(), commented, { contentType: 'image/jpeg', filename: 'a.jpg' })
    expect(photo.bytes).toHaveLength(commented.length)
    expect(new TextDecoder().decode(photo.bytes)).not.toContain('script')
  })

  test('a PDF that is a ZIP as well is whatever it says it is, and a download', async () => {
    const both = bytesOf(pdf(), zip)
    const { headers, bytes } = await stored(await signUp(), both, {})
    expect([headers.get('Content-Type'), bytes]).toEqual(['application/pdf', both])
    expect(headers.get('Content-Disposition')).toMatch(/^attachment; /)
    expect(await attempt(await signUp(), both, { contentType: 'application/zip', filename: 'a.zip' })).toBe(refused)
  })
})

test('nothing is unpacked: a ZIP that would be 4 GB is the bytes that it is', async () => {
  const ann = await signUp()
  // 0xffffffff as the size that it says it will have.
  const bomb = bytesOf(
    [0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [1, 0, 0, 0, 0x61],
    new Uint8Array(100_000),
  )
  for (const [contentType, filename] of [
    ['application/zip', 'a.zip'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'a.docx'],
  ] as const) {
    const { status, body } = await upload(ann, bomb, { contentType, filename })
    expect(status).toBe(200)
    expect((await env.FILES.head(await keyOf(body.id)))?.size).toBe(bomb.length)
  }
})

const keyOf = async (id: string) =>
  (await env.DB.prepare('SELECT file_key FROM uploads WHERE id = ?').bind(id).first<string>('file_key')) as string

test('one byte over the limit is refused before it is sent, and one byte over the word while it is', async () => {
  const ann = await signUp()
  expect((await announce(ann, pdf(), { size: 26_214_401 })).body.code).toBe('upload.too_large')
  const announced = await announce(ann, pdf())
  const over = bytesOf(pdf(), ' ')
  const { uploadUrl, headers } = announced.body
  const reply = await send(uploadUrl, over, { ...headers, 'Content-Length': `${over.length}` })
  expect(reply.body.code).toBe('upload.wrong_length')
  expect((await send(uploadUrl, inChunks(pdf(), 5), headers)).body.code).toBe('upload.length_required')
})

test("an address leads to its owner's file alone: who has it can send, and neither read nor use it", async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const { body } = await announce(ann, pdf())
  await send(body.uploadUrl, pdf(), { ...body.headers, 'Content-Length': `${pdf().length}` })
  expect((await bob.call('GET', `/uploads/${body.id}/content`)).status).toBe(404)
  const { body: room } = await bob.call('POST', '/rooms', { name: 'Mine' })
  const message = { nonce: 'a', text: 'look', attachments: [body.id] }
  expect((await bob.call('POST', `/channels/${room.id}/messages`, message)).body.code).toBe('attachment.not_usable')
})
