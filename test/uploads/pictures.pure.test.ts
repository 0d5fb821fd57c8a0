import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import { readJpeg } from '../../src/uploads/pictures/jpeg'
import { readPng } from '../../src/uploads/pictures/png'
import { DamagedPicture, type Measures, Walk } from '../../src/uploads/pictures/walk'
import { readWebp } from '../../src/uploads/pictures/webp'

const readers = { jpeg: readJpeg, png: readPng, webp: readWebp }
type Kind = keyof typeof readers

interface Cleaned {
  bytes: Buffer
  measures: Measures | null
}

/** Runs a picture through its reader in pieces of these lengths, over and over. */
function clean(kind: Kind, bytes: Uint8Array, pieces: number[] = [bytes.length]): Cleaned {
  let measures: Measures | null = null
  const walk = new Walk(readers[kind]((found) => (measures = found)))
  const out: Uint8Array[] = []
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const length = pieces[n % pieces.length] ?? 1
    // Copied at once: a piece that has left may not change any more.
    out.push(...walk.push(bytes.slice(at, at + length)).map((piece) => piece.slice()))
    at += length
  }
  walk.end()
  return { bytes: Buffer.concat(out), measures }
}

const secret = 'N 48 8 14.2 E 11 34 31'
const exif = {
  IFD0: { Make: 'Camera', ImageDescription: secret },
  IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '48/1 8/1 14/1', GPSLongitudeRef: 'E', GPSLongitude: '11/1 34/1 31/1' },
}
const xmp = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="${secret}"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`

const noise = (width: number, height: number): Sharp => {
  const data = Buffer.from(Array.from({ length: width * height * 3 }, (_, n) => (n * 7919 + (n >> 3) * 31) % 251))
  return sharp(data, { raw: { width, height, channels: 3 } })
}

/** A photo as a telephone makes it: on its side, with place and color profile. */
async function photo(kind: Kind, orientation = 6, options = {}): Promise<Buffer> {
  const image = noise(61, 40).withExif(exif).withXmp(xmp).withIccProfile('p3').withMetadata({ orientation })
  return image.toFormat(kind, options).toBuffer()
}

const pixels = (bytes: Buffer) => sharp(bytes).raw().toBuffer()

describe.each(['jpeg', 'png', 'webp'] as const)('a %s', (kind) => {
  test('loses its place and keeps its length, its pixels, its colors and which way is up', async () => {
    const before = await photo(kind)
    expect(before.includes(secret)).toBe(true)
    expect((await sharp(before).metadata()).exif?.includes('Camera')).toBe(true)
    const { bytes, measures } = clean(kind, before)
    expect(bytes.length).toBe(before.length)
    expect(measures).toEqual({ width: 61, height: 40 })
    for (const trace of [secret, 'Camera', 'GPSLatitude', 'xpacket']) expect(bytes.includes(trace), trace).toBe(false)
    const after = await sharp(bytes).metadata()
    expect(after).toMatchObject({ width: 61, height: 40, orientation: 6, hasProfile: true, format: kind })
    // Nothing but the orientation: 26 bytes of it, and zeros.
    const tiff = after.exif?.subarray(after.exif.indexOf('MM')) as Buffer
    expect(tiff.subarray(0, 26).toString('hex')).toBe(
      '4d4d002a0000000800010112000300000001000600000000'.padEnd(52, '0'),
    )
    expect(tiff.subarray(26).every((byte) => byte === 0)).toBe(true)
    expect(await pixels(bytes)).toEqual(await pixels(before))
  })

  test('comes out the same in whatever pieces it arrives', async () => {
    const before = await photo(kind, 3)
    const whole = clean(kind, before).bytes
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }), (pieces) => {
        expect(clean(kind, before, pieces).bytes.equals(whole)).toBe(true)
      }),
      { numRuns: 40 },
    )
    expect(clean(kind, before, [1]).bytes.equals(whole)).toBe(true)
  })

  test('that is cut off anywhere is refused, and until then gives nothing away', async () => {
    const before = await photo(kind)
    const steps = fc.integer({ min: 1, max: before.length - 1 })
    fc.assert(
      fc.property(steps, (length) => {
        const walk = new Walk(readers[kind](() => {}))
        const out = Buffer.concat(walk.push(before.subarray(0, length)))
        expect(out.includes('Camera') || out.includes('GPSLatitude')).toBe(false)
        expect(() => walk.end()).toThrow(DamagedPicture)
      }),
      { numRuns: 200 },
    )
  })

  test('has nothing behind its end: what is hung on there is blanked', async () => {
    const before = await photo(kind)
    const tail = Buffer.from(`PK\x03\x04<script>alert(1)</script>${secret}`)
    const { bytes } = clean(kind, Buffer.concat([before, tail]))
    expect(bytes.length).toBe(before.length + tail.length)
    expect(bytes.subarray(before.length).every((byte) => byte === 0)).toBe(true)
    expect(await pixels(bytes)).toEqual(await pixels(before))
  })

  test('of any bytes at all never throws anything but that it is damaged', () => {
    const start = { jpeg: 'ffd8ffe1', png: '89504e470d0a1a0a', webp: '52494646ffffff0057454250' }[kind]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (rest) => {
        try {
          const bytes = Buffer.concat([Buffer.from(start, 'hex'), rest])
          expect(clean(kind, bytes).bytes.length).toBe(bytes.length)
        } catch (error) {
          expect(error).toBeInstanceOf(DamagedPicture)
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('a progressive JPEG with restarts, comments and other programs’ blocks is read to its end', async () => {
  const before = await photo('jpeg', 8, { progressive: true, optimiseScans: true })
  const block = (marker: number, text: string) =>
    Buffer.concat([Buffer.from([0xff, marker, 0, text.length + 2]), Buffer.from(text)])
  const blocks = [block(0xfe, secret), block(0xed, `Photoshop 3.0\0${secret}`), block(0xe2, `MPF\0${secret}`)]
  const extended = Buffer.concat([before.subarray(0, 2), ...blocks, before.subarray(2)])
  const { bytes } = clean('jpeg', extended, [13])
  expect(bytes.includes(secret) || bytes.includes('Photoshop') || bytes.includes('MPF')).toBe(false)
  expect(await pixels(bytes)).toEqual(await pixels(before))
  expect((await sharp(bytes).metadata()).orientation).toBe(8)
})

test('a PNG keeps right checksums, and its texts are gone', async () => {
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const before = await noise(9, 9).png().toBuffer()
  const texts = [
    chunk('tEXt', Buffer.from(`Location\0${secret}`)),
    chunk('zTXt', Buffer.alloc(200_000, 65)),
    chunk('eXIf', Buffer.from('MM')),
  ]
  const extended = Buffer.concat([before.subarray(0, 33), ...texts, before.subarray(33)])
  const { bytes } = clean('png', extended, [4096])
  expect(bytes.includes(secret)).toBe(false)
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(bytes.subarray(at + 4, at + 8 + length)))
    at += 12 + length
  }
  expect(await pixels(bytes)).toEqual(await pixels(before))
})

test('an animated and a lossless WebP say their measures', async () => {
  const lossless = await noise(300, 20).webp({ lossless: true }).toBuffer()
  expect(clean('webp', lossless).measures).toEqual({ width: 300, height: 20 })
  const lossy = await noise(30, 200).webp().toBuffer()
  expect(clean('webp', lossy).measures).toEqual({ width: 30, height: 200 })
  const large = Buffer.from('524946461600000057454250565038580a0000000000000050c30050c300', 'hex')
  expect(clean('webp', large).measures).toEqual({ width: 50_001, height: 50_001 })
})
