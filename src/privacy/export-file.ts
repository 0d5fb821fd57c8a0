import type { FileStore } from '../app/context'

/** R2 wants all parts of an upload but the last to be of one size, and none smaller than 5 MiB. */
const partBytes = 8 * 1024 * 1024

/**
 * Writes a text of any length to a file while holding no more than one part of it.
 * @returns how many bytes it has
 */
export async function writeFile(files: FileStore, key: string, text: AsyncIterable<string>): Promise<number> {
  const encoder = new TextEncoder()
  const httpMetadata = { contentType: 'application/json' }
  const parts: R2UploadedPart[] = []
  let upload: R2MultipartUpload | null = null
  const part = new Uint8Array(partBytes)
  let filled = 0
  try {
    for await (const piece of text) {
      let bytes = encoder.encode(piece)
      while (bytes.length > 0) {
        const fitting = bytes.subarray(0, partBytes - filled)
        part.set(fitting, filled)
        filled += fitting.length
        bytes = bytes.subarray(fitting.length)
        if (filled < partBytes) break
        upload ??= await files.createMultipartUpload(key, { httpMetadata })
        parts.push(await upload.uploadPart(parts.length + 1, part))
        filled = 0
      }
    }
    const rest = part.subarray(0, filled)
    if (upload === null) await files.put(key, rest, { httpMetadata })
    else {
      if (filled > 0) parts.push(await upload.uploadPart(parts.length + 1, rest))
      await upload.complete(parts)
    }
    return (upload === null ? 0 : (parts.length - (filled > 0 ? 1 : 0)) * partBytes) + filled
  } catch (error) {
    await upload?.abort()
    throw error
  }
}
