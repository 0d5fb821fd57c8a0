import type { Mutation } from './mutation'

const waysIn = 'test/channels/ways-in.test.ts'
const groups = 'test/groups/groups.test.ts'

/** Bans, waitlists, invitations and requests (product.md "Messages"; api.md "Rooms", "Groups"). */
export const wayInMutations: readonly Mutation[] = [
  {
    id: 'ban.never-ends',
    rule: 'Bans end by themselves at `until`: a join after it works.',
    file: 'src/channels/entry/store.ts',
    find: 'AND (ban.until IS NULL OR ban.until > ${now}))`',
    replace: 'AND ${now} > 0)`',
    test: [waysIn, 'a ban ends by itself at its end, and not before'],
  },
  {
    id: 'ban.keeps-invitations',
    rule: 'A ban ends what the person has asked for and been offered.',
    file: 'migrations/0008_groups_and_ways_in.sql',
    find: "UPDATE invitations SET state = 'withdrawn', updated_at = NEW.created_at",
    replace: 'UPDATE invitations SET updated_at = NEW.created_at',
    test: [waysIn, 'somebody who was never in can be banned, from links and invitations too'],
  },
  {
    id: 'waitlist.overtaken',
    rule: 'A direct join needs an empty waitlist.',
    file: 'src/channels/entry/store.ts',
    find: 'sql`${isFit(userId, now)} AND NOT ${othersFirst(userId, now)}`',
    replace: 'isFit(userId, now)',
    test: [waysIn, 'nobody overtakes those who wait'],
  },
  {
    id: 'waitlist.not-eligible',
    rule: 'Leave, kick, ban or a raised limit promotes the first still eligible.',
    file: 'src/channels/entry/store.ts',
    find: "met.id = ${userId} AND met.status = 'active')",
    replace: 'met.id = ${userId})',
    test: [waysIn, 'who cannot have the seat any more is passed over'],
  },
  {
    id: 'waitlist.raised-limit-forgotten',
    rule: 'A raised limit promotes in the same batch.',
    file: 'src/channels/lifecycle/store.ts',
    find: 'promoteWaiting(ctx, id, changeId, channelChanged(id, changeId)),',
    replace: 'promoteWaiting(ctx, id, changeId, channelChanged(id, userId)),',
    test: [waysIn, 'a raised limit lets in as many as there are seats'],
  },
  {
    id: 'level.not-asked',
    rule: 'A level can gate a room (`minLevel`).',
    file: 'src/channels/entry/store.ts',
    find: 'AND ${hasReached(userId, sql`c.min_level`)}\n  AND',
    replace: 'AND',
    test: [waysIn, 'S14 a level that somebody has not reached keeps them out'],
  },
  {
    id: 'invitation.privacy-not-asked',
    rule: 'Privacy: who may invite.',
    file: 'src/channels/invitations/actions.ts',
    find: 'if (invitee.isBlocked === 1 || !isWelcome)',
    replace: 'if (invitee.isBlocked === 1 && !isWelcome)',
    test: [waysIn, 'people choose who may invite them'],
  },
  {
    id: 'invitation.somebody-elses',
    rule: 'An invitation is for the invited.',
    file: 'src/channels/invitations/store.ts',
    find: 'WHERE i.id = ${invitationId} AND i.user_id = ${me} AND i.state',
    replace: 'WHERE i.id = ${invitationId} AND i.state',
    test: [waysIn, 'an invitation is listed, opens a private room, and is answered once'],
  },
  {
    id: 'request.approved-by-members',
    rule: 'Requests are answered by the leader and moderators.',
    file: 'src/channels/requests/actions.ts',
    find: 'if (!canModerate(role)) throw',
    replace: 'if (!role) throw',
    test: [groups, 'a request waits for a moderator, who lets in or says no'],
  },
  {
    id: 'group.without-leader',
    rule: 'Leave: the last leader hands over.',
    file: 'src/channels/members/store.ts',
    find: "ORDER BY m.role <> 'moderator', m.joined_at",
    replace: 'ORDER BY m.joined_at',
    test: [groups, 'who leaves is succeeded by the longest-standing moderator, else member'],
  },
]
