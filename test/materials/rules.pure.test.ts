import { describe, expect, test } from 'vitest'
import {
  canEditMaterial,
  canManageMaterial,
  canSeeMaterial,
  canTakeOut,
  readLink,
  typeOfFile,
  typeOfLink,
} from '../../src/materials/rules'

type Case = [
  whose: 'mine' | 'theirs',
  where: 'room' | 'nowhere',
  role: string | null,
  share: string | null,
  blocked: boolean,
  may: string,
]

const cases: Case[] = [
  ['mine', 'nowhere', null, null, false, 'see edit manage'],
  ['mine', 'room', 'member', null, false, 'see edit manage takeOut'],
  ['mine', 'room', null, null, false, 'see edit manage takeOut'],
  ['theirs', 'nowhere', null, null, false, ''],
  ['theirs', 'nowhere', null, 'view', false, 'see'],
  ['theirs', 'nowhere', null, 'edit', false, 'see edit'],
  ['theirs', 'nowhere', null, 'view', true, ''],
  ['theirs', 'nowhere', null, 'edit', true, ''],
  ['theirs', 'room', 'member', null, false, 'see'],
  ['theirs', 'room', 'member', 'edit', false, 'see edit'],
  ['theirs', 'room', 'member', 'edit', true, 'see'],
  ['theirs', 'room', 'moderator', null, false, 'see takeOut'],
  ['theirs', 'room', 'owner', 'edit', false, 'see edit takeOut'],
  ['theirs', 'room', null, 'view', false, ''],
  ['theirs', 'room', null, 'edit', false, ''],
]

test.each(cases)('%s, %s, as %s, shared for %s, blocked %s: %s', (whose, where, role, share, blocked, may) => {
  const standing = {
    ...{ viewerId: 'usr_a', ownerId: whose === 'mine' ? 'usr_a' : 'usr_b', roomId: where === 'room' ? 'room_a' : null },
    ...{ role: role as 'member' | null, share: share as 'view' | 'edit' | null, blocked },
  }
  const allowed = [
    canSeeMaterial(standing) && 'see',
    canEditMaterial(standing) && 'edit',
    canManageMaterial(standing) && 'manage',
    canTakeOut(standing) && 'takeOut',
  ]
  expect(allowed.filter(Boolean).join(' ')).toBe(may)
})

describe('links', () => {
  test.each([
    ['https://example.org/a?b=c#d', 'https://example.org/a?b=c#d'],
    ['HTTP://EXAMPLE.org', 'http://example.org/'],
    ['https://例え.jp/ノート', 'https://xn--r8jz45g.jp/%E3%83%8E%E3%83%BC%E3%83%88'],
    ['javascript:alert(1)', null],
    ['data:text/html,x', null],
    ['ftp://example.org', null],
    ['//example.org', null],
    ['https://', null],
    ['https://user@example.org', null],
    ['https://user:secret@example.org', null],
    ['https://studyhall.example@evil.example/', null],
    [' https://example.org', null],
    [`https://example.org/${'x'.repeat(2000)}`, null],
    [`https://example.org/${'線'.repeat(500)}`, null],
  ])('%s is kept as %s', (text, url) => {
    expect(readLink(text)?.url ?? null).toBe(url)
  })

  test('no link carries credentials, by which it would deceive', () => {
    for (const text of ['https://a@b.test', 'https://a:b@c.test', 'https://studyhall.example@evil.example/'])
      expect(readLink(text), text).toBeNull()
  })

  test.each([
    ['www.figma.com', 'figma'],
    ['figma.com', 'figma'],
    ['figma.com.evil.example', 'link'],
    ['notfigma.com', 'link'],
  ])('%s is a %s', (hostname, type) => {
    expect(typeOfLink(hostname)).toBe(type)
  })
})

test.each([
  ['application/pdf', 'pdf'],
  ['application/msword', 'word'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'word'],
  ['application/vnd.oasis.opendocument.text', 'word'],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'slides'],
  ['application/vnd.ms-powerpoint', 'slides'],
  ['image/png', 'image'],
  ['application/zip', 'other'],
  ['text/plain', 'other'],
])('a file of %s is of the kind %s', (contentType, kind) => {
  expect(typeOfFile(contentType)).toBe(kind)
})
