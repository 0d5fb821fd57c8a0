import { keepOnlyOrientation, onlyOrientationBytes } from './exif'
import { ascii, DamagedPicture, type Measures, type PictureReader, viewOf } from './walk'

const signature = '\x89PNG\r\n\x1a\n'
/** Extra chunks that say how to show the picture; every other one is blanked under a name that nobody reads. */
const kept = new Set(
  'tRNS gAMA cHRM sRGB iCCP sBIT bKGD hIST pHYs sPLT acTL fcTL fdAT cICP mDCV mDCv cLLI cLLi'.split(' '),
)
const blankName = new Uint8Array([0x70, 0x61, 0x44, 0x64])
const exifAtMost = 65_536
const zeros = new Uint8Array(65_536)

/** PNG (third edition), section 5: chunks of length, name, data and checksum. */
export function* readPng(measured: (measures: Measures) => void): PictureReader {
  if (ascii(yield { read: 8 }, 0, 8) !== signature) throw new DamagedPicture('not a PNG')
  for (let isFirst = true, name = ''; name !== 'IEND'; isFirst = false) {
    const head = yield { read: 8 }
    const length = viewOf(head).getUint32(0)
    name = ascii(head, 4, 8)
    if (length > 0x7fff_ffff || !/^[A-Za-z]{4}$/.test(name) || isFirst !== (name === 'IHDR'))
      throw new DamagedPicture('a chunk is damaged')
    if (name === 'IHDR') {
      if (length !== 13) throw new DamagedPicture('the header is damaged')
      const header = viewOf(yield { read: 13 })
      measured({ width: header.getUint32(0), height: header.getUint32(4) })
      yield { pass: 4 }
    } else if (/^[A-Z]/.test(name) || kept.has(name)) yield { pass: length + 4 }
    else yield* clean(head.subarray(4), name, length)
  }
}

function* clean(nameBytes: Uint8Array, name: string, length: number): PictureReader {
  const isExif = name === 'eXIf' && length >= onlyOrientationBytes
  if (!isExif) nameBytes.set(blankName)
  // Loaded with the first picture, not with every start.
  const { crc32 } = process.getBuiltinModule('node:zlib')
  let sum = crc32(nameBytes)
  // The name leaves with the next step.
  const seen = yield { read: isExif ? Math.min(length, exifAtMost) : 0 }
  keepOnlyOrientation(seen)
  sum = crc32(seen, sum)
  let rest = length - seen.length
  yield { blank: rest }
  for (; rest > 0; rest -= zeros.length) sum = crc32(zeros.subarray(0, rest), sum)
  viewOf(yield { read: 4 }).setUint32(0, sum)
}
