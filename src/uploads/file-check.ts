import { uploadErrors } from './errors'
import { fitsBeginning, headBytes, isText, pictureOf } from './file-types'
import { readGif } from './pictures/gif'
import { readJpeg } from './pictures/jpeg'
import { readPng } from './pictures/png'
import { DamagedPicture, type Measures, type PictureReader, Walk } from './pictures/walk'
import { readWebp } from './pictures/webp'
import { whyNotShown } from './rules'
import type { UploadPurpose } from './tables'

const readers = { jpeg: readJpeg, png: readPng, gif: readGif, webp: readWebp }

/** What no text has, but for tab, line and page breaks, and the escape that logs are coloured with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const notText = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/

const refuse = (detail: string) => uploadErrors.refused(detail)

/**
 * Looks at a file while it streams by and hands on what may be stored: as many bytes as came in. Nothing leaves before
 * the beginning has shown what the file is, and nothing is unpacked.
 */
export class FileCheck {
  measures: Measures | null = null
  private head: Uint8Array[] | null = []
  private headLength = 0
  private readonly walk: Walk | null
  private readonly text: TextDecoder | null

  constructor(
    private readonly contentType: string,
    private readonly purpose: UploadPurpose,
  ) {
    const picture = pictureOf(contentType)
    this.walk = picture && new Walk(this.reader(picture))
    this.text = isText(contentType) ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) : null
  }

  private reader(picture: keyof typeof readers): PictureReader {
    return readers[picture]((measures) => {
      const reason = whyNotShown(measures, this.purpose)
      if (reason) throw refuse(reason)
      this.measures = measures
    })
  }

  /** @throws upload.refused */
  push(chunk: Uint8Array): Uint8Array[] {
    if (!this.head) return this.handOn(chunk)
    this.headLength += chunk.length
    const isEnough = this.headLength >= headBytes
    // A chunk is the caller's, to be filled anew.
    this.head.push(isEnough ? chunk : chunk.slice())
    return isEnough ? this.openHead() : []
  }

  /** @throws upload.refused */
  end(): Uint8Array[] {
    const rest = this.head ? this.openHead() : []
    try {
      this.walk?.end()
      this.text?.decode()
    } catch (error) {
      throw this.explained(error)
    }
    return rest
  }

  private openHead(): Uint8Array[] {
    const chunks = this.head ?? []
    this.head = null
    const beginning = new Uint8Array(Math.min(this.headLength, headBytes))
    let filled = 0
    for (const chunk of chunks) {
      beginning.set(chunk.subarray(0, beginning.length - filled), filled)
      filled = Math.min(beginning.length, filled + chunk.length)
    }
    if (!fitsBeginning(this.contentType, beginning)) throw refuse(`What is in the file is not ${this.contentType}.`)
    return chunks.flatMap((chunk) => this.handOn(chunk))
  }

  private handOn(chunk: Uint8Array): Uint8Array[] {
    try {
      if (this.text && notText.test(this.text.decode(chunk, { stream: true })))
        throw refuse('The file has characters that no text has.')
      return this.walk ? this.walk.push(chunk) : [chunk]
    } catch (error) {
      throw this.explained(error)
    }
  }

  private explained(error: unknown): unknown {
    if (error instanceof DamagedPicture) return refuse(`The picture is damaged or cut off: ${error.message}.`)
    if (error instanceof TypeError && this.text) return refuse('The text is not in UTF-8; save it as that.')
    return error
  }
}
