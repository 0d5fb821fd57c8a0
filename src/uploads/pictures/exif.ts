import { ascii, viewOf } from './walk'

/**
 * What is kept of a picture's Exif data is which way is up: without it photos of telephones lie on their side. Place,
 * time, device and the preview inside, which shows what was cut away later, all go.
 */

const orientationTag = 0x0112
const short = 3
/** Header, one entry, and the end. */
export const onlyOrientationBytes = 26

/** 1 to 8; 1, which is upright, where a picture does not say. */
function orientationOf(tiff: Uint8Array): number {
  if (tiff.length < 8) return 1
  const view = viewOf(tiff)
  const order = ascii(tiff, 0, 2)
  if (order !== 'II' && order !== 'MM') return 1
  const little = order === 'II'
  const directory = view.getUint32(4, little)
  if (directory + 2 > tiff.length) return 1
  const entries = view.getUint16(directory, little)
  for (let at = directory + 2, n = 0; n < entries && at + 12 <= tiff.length; at += 12, n += 1) {
    if (view.getUint16(at, little) !== orientationTag || view.getUint16(at + 2, little) !== short) continue
    const value = view.getUint16(at + 8, little)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}

/**
 * Overwrites a block of Exif data with the orientation alone and zeros; with nothing but zeros where that has no room.
 * @param tiff what stands behind any "Exif\0\0"
 */
export function keepOnlyOrientation(tiff: Uint8Array): void {
  const orientation = orientationOf(tiff)
  tiff.fill(0)
  if (tiff.length < onlyOrientationBytes) return
  const view = viewOf(tiff)
  tiff.set([0x4d, 0x4d, 0, 42])
  view.setUint32(4, 8)
  view.setUint16(8, 1)
  view.setUint16(10, orientationTag)
  view.setUint16(12, short)
  view.setUint32(14, 1)
  view.setUint16(18, orientation)
}
