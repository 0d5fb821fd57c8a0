import { keepOnlyOrientation } from './exif'
import { ascii, DamagedPicture, type Measures, type PictureReader, viewOf } from './walk'

const kept = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP'])
const exifAtMost = 65_536

/** RFC 9649: a RIFF file of chunks, each padded to an even length. Names stay, so the flags of VP8X stay true. */
export function* readWebp(measured: (measures: Measures) => void): PictureReader {
  const head = yield { read: 12 }
  if (ascii(head, 0, 4) !== 'RIFF' || ascii(head, 8, 12) !== 'WEBP') throw new DamagedPicture('not a WebP')
  let known = false
  const tell = (measures: Measures) => {
    if (!known) measured(measures)
    known = true
  }
  let rest = viewOf(head).getUint32(4, true) - 4
  while (rest >= 8) {
    const chunk = yield { read: 8 }
    const name = ascii(chunk, 0, 4)
    const length = viewOf(chunk).getUint32(4, true)
    const padded = length + (length % 2)
    rest -= 8 + padded
    if (rest < 0) throw new DamagedPicture('a chunk is longer than the picture')
    const seen = yield* readBeginning(name, length, tell)
    yield kept.has(name) ? { pass: padded - seen } : { blank: padded - seen }
  }
  if (!known) throw new DamagedPicture('the picture has no frame')
}

/** @returns how much of the chunk it has dealt with */
function* readBeginning(
  name: string,
  length: number,
  measured: (measures: Measures) => void,
): Generator<{ read: number }, number, Uint8Array> {
  if (name === 'EXIF') {
    const seen = yield { read: Math.min(length, exifAtMost) }
    const marked = ascii(seen, 0, 6) === 'Exif\0\0'
    keepOnlyOrientation(marked ? seen.subarray(6) : seen)
    return seen.length
  }
  if (name !== 'VP8 ' && name !== 'VP8L' && name !== 'VP8X') return 0
  const wanted = name === 'VP8L' ? 5 : 10
  if (length < wanted) throw new DamagedPicture('a frame is too short')
  const seen = yield { read: wanted }
  measured(measuresOf(name, viewOf(seen)))
  return wanted
}

function measuresOf(name: 'VP8 ' | 'VP8L' | 'VP8X', view: DataView): Measures {
  if (name === 'VP8X')
    return {
      width: 1 + view.getUint16(4, true) + (view.getUint8(6) << 16),
      height: 1 + view.getUint16(7, true) + (view.getUint8(9) << 16),
    }
  if (name === 'VP8 ') return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff }
  const bits = view.getUint32(1, true)
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) }
}
