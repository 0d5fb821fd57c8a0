import * as z from 'zod'
import { idSchema } from '../shared/ids'
import { pageOf, pageQuery } from '../shared/page'
import { isoTime, line, paragraph } from '../shared/text'
import { fileTypes, maxUrl, permissions, readLink } from './rules'

export const materialPath = z.lazy(() => z.strictObject({ id: idSchema('material') }))
export const sharePath = z.lazy(() => z.strictObject({ id: idSchema('material'), userId: idSchema('user') }))
export const roomMaterialPath = z.lazy(() => z.strictObject({ id: idSchema('room'), materialId: idSchema('material') }))

const fields = {
  name: line(200),
  description: paragraph(2000),
  roomId: idSchema('room').nullable().describe('Its members see it.'),
  subjectId: idSchema('subject').nullable(),
  url: z
    .string()
    .max(maxUrl)
    .refine(
      (text) => readLink(text) !== null,
      'must be a link that begins with http:// or https://, without credentials',
    )
    .describe('A link to the web.'),
}

export const newMaterial = z.lazy(() =>
  z
    .strictObject({
      name: fields.name,
      description: fields.description.optional(),
      roomId: fields.roomId.optional(),
      subjectId: fields.subjectId.optional(),
      url: fields.url.optional(),
      uploadId: idSchema('upload').optional().describe('A file that was sent for the purpose `material`.'),
    })
    .refine(({ url, uploadId }) => (url === undefined) !== (uploadId === undefined), {
      path: ['uploadId'],
      message: 'or url is needed, and not both',
    }),
)

export const materialEdit = z.lazy(() => z.strictObject(fields).partial())

export const newShare = z.lazy(() => z.strictObject({ permission: z.enum(permissions) }))

export const materialsQuery = z.lazy(() => z.strictObject({ subjectId: idSchema('subject').optional(), ...pageQuery }))
export const listQuery = z.lazy(() => z.strictObject(pageQuery))

const person = z.lazy(() => z.object({ id: z.string(), name: z.string(), avatarUrl: z.string().nullable() }))

export const materialReply = z.lazy(() =>
  z
    .object({
      id: z.string(),
      name: z.string(),
      description: z.string(),
      fileType: z.enum(fileTypes),
      url: z.string().nullable().describe('Of a link.'),
      file: z
        .object({ uploadId: z.string(), filename: z.string(), contentType: z.string(), size: z.int() })
        .nullable()
        .describe('Of a file.'),
      owner: person,
      roomId: z.string().nullable(),
      subject: z.object({ id: z.string(), name: z.string() }).nullable(),
      permission: z.enum(['owner', 'edit', 'view']).describe('What you may do with it.'),
      downloadCount: z.int().describe('Each person once a day; the owner is not counted.'),
      version: z.int(),
      createdAt: isoTime,
      updatedAt: isoTime,
    })
    .meta({ id: 'Material' }),
)

export const materialsReply = z.lazy(() => pageOf(materialReply))

export const shareReply = z.lazy(() =>
  z.object({ user: person, permission: z.enum(permissions), createdAt: isoTime }).meta({ id: 'MaterialShare' }),
)
export const sharesReply = z.lazy(() => pageOf(shareReply))

export const downloadReply = z.lazy(() =>
  z
    .object({ url: z.string(), expiresAt: isoTime.nullable().describe('Null for a link, which is somebody else’s.') })
    .meta({ id: 'MaterialDownload' }),
)

export type NewMaterial = z.output<typeof newMaterial>
export type MaterialEdit = z.output<typeof materialEdit>
export type MaterialsQuery = z.output<typeof materialsQuery>
export type ListQuery = z.output<typeof listQuery>
export type Material = z.output<typeof materialReply>
export type Share = z.output<typeof shareReply>
