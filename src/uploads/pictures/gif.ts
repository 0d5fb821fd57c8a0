import { ascii, DamagedPicture, type Measures, type PictureReader, viewOf } from './walk'

/** GIF89a: the measures stand in the header. Cameras write no GIF, so there is no location to look for. */
export function* readGif(measured: (measures: Measures) => void): PictureReader {
  const head = yield { read: 10 }
  if (!/^GIF8[79]a$/.test(ascii(head, 0, 6))) throw new DamagedPicture('not a GIF')
  measured({ width: viewOf(head).getUint16(6, true), height: viewOf(head).getUint16(8, true) })
  yield { pass: Number.POSITIVE_INFINITY }
}
