/** Makes small squares of pictures, for avatars and logos. */
export interface SquareMaker {
  /** What health calls it. */
  name: string
  /**
   * A square of the middle of a picture, upright.
   * @returns null where the picture is to be kept as it was sent
   * @throws PictureNotRead
   */
  square(picture: ReadableStream, side: number): Promise<{ bytes: ArrayBuffer; contentType: string } | null>
}

/** The maker could not make anything of the bytes. */
export class PictureNotRead extends Error {}

export type Verdict = { clean: true } | { clean: false; found: string }

/** Looks whether a file is harmful. */
export interface Scanner {
  name: string
  /** @throws ScanFailed when it could not tell: then the file waits and is asked about again */
  scan(file: ReadableStream<Uint8Array>): Promise<Verdict>
}

export class ScanFailed extends Error {}
