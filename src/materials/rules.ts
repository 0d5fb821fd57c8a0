import type { MemberRole } from '../channels/live/contract'
import { looksAfterRoom } from '../channels/standing/rules'

export const fileTypes = ['pdf', 'word', 'slides', 'image', 'figma', 'link', 'other'] as const
export type FileType = (typeof fileTypes)[number]

export const permissions = ['view', 'edit'] as const
export type Permission = (typeof permissions)[number]

export const maxUrl = 2000

/** Whose material it is, and how the viewer stands to it. */
export interface MaterialStanding {
  viewerId: string
  ownerId: string
  roomId: string | null
  /** In the material's room; null for who is not an active member, and without a room. */
  role: MemberRole | null
  /** What the owner lets the viewer do by a share of their own; null without one. */
  share: Permission | null
  /** Whether viewer or owner has blocked the other. */
  blocked: boolean
}

const isOwner = ({ viewerId, ownerId }: MaterialStanding) => viewerId === ownerId

/** A share holds while nobody blocks, and in a room while one is in it: leaving ends access. */
const sharedFor = ({ share, blocked, roomId, role }: MaterialStanding): Permission | null =>
  blocked || (roomId !== null && role === null) ? null : share

export const canSeeMaterial = (material: MaterialStanding) =>
  isOwner(material) || material.role !== null || sharedFor(material) !== null

export const canEditMaterial = (material: MaterialStanding) => isOwner(material) || sharedFor(material) === 'edit'

/** Where it stands, and who else may do what with it, is for its owner; so is whether it stays. */
export const canManageMaterial = isOwner

/** Those who look after a room take a material out of it, which leaves it to its owner. */
export const canTakeOut = (material: MaterialStanding) =>
  material.roomId !== null && (isOwner(material) || looksAfterRoom(material.role))

const byContentType: [RegExp, FileType][] = [
  [/^application\/pdf$/, 'pdf'],
  [
    /^application\/(?:msword|vnd\.openxmlformats-officedocument\.wordprocessingml\.|vnd\.oasis\.opendocument\.text|rtf)/,
    'word',
  ],
  [
    /^application\/(?:vnd\.ms-powerpoint|vnd\.openxmlformats-officedocument\.presentationml\.|vnd\.oasis\.opendocument\.presentation)/,
    'slides',
  ],
  [/^image\//, 'image'],
]

/** What kind of material a file is, by what its bytes were found to be. */
export const typeOfFile = (contentType: string): FileType =>
  byContentType.find(([pattern]) => pattern.test(contentType))?.[1] ?? 'other'

/** What kind of material a link is, by the host that it leads to. */
export const typeOfLink = (hostname: string): FileType => (/(?:^|\.)figma\.com$/.test(hostname) ? 'figma' : 'link')

/**
 * A link as it is kept, or null where it is none that we would hand out: only the web, with a host name, and without
 * credentials, by which links deceive (`https://studyhall.example@evil.example`).
 */
export function readLink(text: string): { url: string; hostname: string } | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null
  const { protocol, username, password, hostname, href } = new URL(text)
  if (!['http:', 'https:'].includes(protocol) || username !== '' || password !== '' || hostname === '') return null
  return href.length > maxUrl ? null : { url: href, hostname: hostname.replace(/\.$/, '') }
}
