import { canReadAttachment } from '../channels/live/actions'
import { mayReadMaterialFile } from '../materials/actions'
import { mayReadNoteFile } from '../notes/actions'
import type { FileReaders } from '../uploads/actions'

const nobody = async () => false

/**
 * Whom the thing that uses a file lets read it: asked at every read, never remembered. The owner may always. Of avatars
 * and logos others see the square, which has its own address.
 */
export const fileReaders: FileReaders = {
  avatar: nobody,
  logo: nobody,
  message: (ctx, { usedId, uploadId }) => canReadAttachment(ctx, usedId, uploadId),
  material: mayReadMaterialFile,
  note: mayReadNoteFile,
}
