import { PictureNotRead, type SquareMaker } from './contract'

/** https://developers.cloudflare.com/images/transform-images/bindings/ */
export function cloudflareImages(images: ImagesBinding): SquareMaker {
  return {
    name: 'cloudflare images',
    async square(picture, side) {
      try {
        const made = await images
          .input(picture)
          .transform({ width: side, height: side, fit: 'cover' })
          .output({ format: 'image/webp' })
        return { bytes: await made.response().arrayBuffer(), contentType: 'image/webp' }
      } catch (error) {
        throw new PictureNotRead(error instanceof Error ? error.message : String(error))
      }
    },
  }
}

/** For where the binding is missing: says what it is, and leaves pictures as they were sent. */
export const keptAsSent: SquareMaker = {
  name: 'none: pictures are shown as they were sent (stand-in)',
  square: async () => null,
}
