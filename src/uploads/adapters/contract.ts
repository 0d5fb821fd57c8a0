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
