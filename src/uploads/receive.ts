import { AppError } from '../shared/errors'
import { piecesOf } from '../shared/pieces'
import { uploadErrors } from './errors'
import { FileCheck } from './file-check'
import type { UploadPurpose } from './tables'

/** The part of a bucket that takes a stream. */
interface Bucket {
  put(key: string, value: ReadableStream): Promise<unknown>
}

interface Expected {
  key: string
  size: number
  contentType: string
  purpose: UploadPurpose
}

export interface Received {
  sha256: string
  width: number | null
  height: number | null
}

/**
 * Streams a file into the bucket while it is checked, cleaned and hashed, by way of one buffer of 64 KiB.
 * What is refused or cut short leaves nothing behind.
 * @throws upload.refused, upload.wrong_length
 */
export async function receiveFile(
  bucket: Bucket,
  body: ReadableStream<Uint8Array>,
  { key, size, contentType, purpose }: Expected,
): Promise<Received> {
  const check = new FileCheck(contentType, purpose)
  // R2 wants to know how long a stream is.
  const sized = new FixedLengthStream(size)
  const digest = new crypto.DigestStream('SHA-256')
  const [file, hash] = [sized.writable.getWriter(), digest.getWriter()]
  const stored = bucket.put(key, sized.readable)
  // Both are awaited at the end; until then a failure shows at the writers.
  for (const promise of [stored, digest.digest]) promise.catch(() => undefined)
  const write = async (pieces: Uint8Array[]) => {
    for (const piece of pieces) if (piece.length > 0) await Promise.all([file.write(piece), hash.write(piece)])
  }
  try {
    let got = 0
    for await (const chunk of piecesOf(body)) {
      got += chunk.length
      if (got > size) throw uploadErrors.wrongLength()
      await write(check.push(chunk))
    }
    if (got < size) throw uploadErrors.wrongLength(`${got} of ${size} bytes arrived.`)
    await write(check.end())
    await Promise.all([file.close(), hash.close()])
    await stored
  } catch (error) {
    await Promise.allSettled([file.abort(error), hash.abort(error), stored])
    // A body that breaks off shows as a failure of the network rather than as a short one.
    throw error instanceof AppError
      ? error
      : uploadErrors.wrongLength({ detail: 'The file did not arrive as a whole.' })
  }
  const { width, height } = check.measures ?? { width: null, height: null }
  return { sha256: new Uint8Array(await digest.digest).toHex(), width, height }
}
