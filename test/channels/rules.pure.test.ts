import { expect, test } from 'vitest'
import {
  canActOn,
  canDeleteChannel,
  canEditChannel,
  canGiveRole,
  canModerate,
  canRevokeLink,
  canTransferChannel,
  mayInvite,
  shownRole,
} from '../../src/channels/rules'

const roles = ['member', 'moderator', 'owner'] as const

test('nobody acts on an equal or higher role', () => {
  const allowed = roles.flatMap((actor) =>
    roles.filter((target) => canActOn(actor, target)).map((target) => [actor, target]),
  )
  expect(allowed).toEqual([
    ['moderator', 'member'],
    ['owner', 'member'],
    ['owner', 'moderator'],
  ])
})

test('only the owner makes moderators and takes it back', () => {
  const allowed = roles.flatMap((actor) =>
    roles.flatMap((target) =>
      (['moderator', 'member'] as const)
        .filter((role) => role !== target && canGiveRole(actor, target, role))
        .map((role) => [actor, target, role]),
    ),
  )
  expect(allowed).toEqual([
    ['owner', 'member', 'moderator'],
    ['owner', 'moderator', 'member'],
  ])
})

test('a second owner is never given', () => {
  for (const actor of roles) for (const target of roles) expect(canGiveRole(actor, target, 'owner')).toBe(false)
})

test('owner and moderators edit, the owner deletes and transfers', () => {
  expect(roles.filter(canEditChannel)).toEqual(['moderator', 'owner'])
  expect(roles.filter(canDeleteChannel)).toEqual(['owner'])
  expect(roles.filter(canTransferChannel)).toEqual(['owner'])
})

test.each([
  ['members', ['member', 'moderator', 'owner']],
  ['moderators', ['moderator', 'owner']],
  ['owner', ['owner']],
] as const)('where %s may invite, these may', (whoMayInvite, allowed) => {
  expect(roles.filter((role) => mayInvite(role, whoMayInvite))).toEqual(allowed)
})

test('moderators and above look after a channel', () => {
  expect(roles.filter(canModerate)).toEqual(['moderator', 'owner'])
})

test('who owns a group is called its leader, and nobody else is', () => {
  expect(roles.map((role) => shownRole('group', role))).toEqual(['member', 'moderator', 'leader'])
  expect(roles.map((role) => shownRole('room', role))).toEqual(['member', 'moderator', 'owner'])
})

test('a link is taken back by its maker and by moderators', () => {
  expect(canRevokeLink('member', 'usr_a', 'usr_a')).toBe(true)
  expect(canRevokeLink('member', 'usr_a', 'usr_b')).toBe(false)
  expect(canRevokeLink('moderator', 'usr_a', 'usr_b')).toBe(true)
  expect(canRevokeLink('owner', 'usr_a', 'usr_b')).toBe(true)
})
