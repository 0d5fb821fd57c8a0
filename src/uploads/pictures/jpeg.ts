import { keepOnlyOrientation } from './exif'
import { ascii, DamagedPicture, type Measures, type PictureReader, viewOf } from './walk'

/** Segments that say how to show the picture: everything else that is not the picture is blanked. */
const color = { app0: 0xe0, app2: 0xe2, app14: 0xee } as const
const exifMark = 'Exif\0\0'

const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
const standsAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
const isAbout = (marker: number) => (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe

/** ISO/IEC 10918-1, annex B: markers, each with a segment behind it, and between them the scans. */
export function* readJpeg(measured: (measures: Measures) => void): PictureReader {
  const [first, second] = yield { read: 2 }
  if (first !== 0xff || second !== 0xd8) throw new DamagedPicture('not a JPEG')
  let known = false
  for (let marker = yield* nextMarker(); marker !== 0xd9; ) {
    if (standsAlone(marker)) {
      marker = yield* nextMarker()
      continue
    }
    const length = viewOf(yield { read: 2 }).getUint16(0) - 2
    if (length < 0) throw new DamagedPicture('a segment has no length')
    if (isFrame(marker)) {
      if (length < 5) throw new DamagedPicture('the frame is too short')
      const frame = viewOf(yield { read: 5 })
      measured({ height: frame.getUint16(1), width: frame.getUint16(3) })
      known = true
      yield { pass: length - 5 }
    } else if (isAbout(marker)) yield* clean(marker, length)
    else yield { pass: length }
    if (marker === 0xda) [marker = 0] = yield { scan: 'marker' }
    else marker = yield* nextMarker()
  }
  if (!known) throw new DamagedPicture('the picture has no frame')
}

function* nextMarker(): Generator<{ read: number }, number, Uint8Array> {
  const [start] = yield { read: 1 }
  if (start !== 0xff) throw new DamagedPicture('a marker is missing')
  for (;;) {
    const [marker = 0] = yield { read: 1 }
    if (marker !== 0xff) return marker
  }
}

function* clean(marker: number, length: number): PictureReader {
  if (marker === 0xe1) {
    const segment = yield { read: length }
    const isExif = ascii(segment, 0, exifMark.length) === exifMark
    if (isExif) keepOnlyOrientation(segment.subarray(exifMark.length))
    else segment.fill(0)
    return
  }
  const name = yield { read: Math.min(length, 12) }
  const keeps =
    (marker === color.app0 && ascii(name, 0, 5) === 'JFIF\0') ||
    (marker === color.app2 && ascii(name, 0, 12) === 'ICC_PROFILE\0') ||
    (marker === color.app14 && ascii(name, 0, 5) === 'Adobe')
  if (!keeps) name.fill(0)
  yield keeps ? { pass: length - name.length } : { blank: length - name.length }
}
