import type { Mutation } from './mutation'

const friends = 'test/friends/friends.test.ts'
const conversations = 'test/conversations/conversations.test.ts'

/** Friends, blocks and direct conversations (api.md, "Friends"; product.md, "Messages"). */
export const peopleMutations: readonly Mutation[] = [
  {
    id: 'people.requests-uncounted',
    rule: '10 open outgoing requests, 5 in the first 72 h, exact under parallel tries.',
    file: 'src/friends/store.ts',
    find: '      AND ${mayAskMore(ctx)} AND',
    replace: '      AND',
    test: [friends, 'twenty requests at once leave ten open, and five for a new account'],
  },
  {
    id: 'people.new-accounts-like-old',
    rule: '10 open outgoing requests, 5 in the first 72 h.',
    file: 'src/friends/store.ts',
    find: '${Math.min(max, maxWhenNew)}, ${max})',
    replace: '${max}, ${max})',
    test: [friends, 'twenty requests at once leave ten open, and five for a new account'],
  },
  {
    id: 'people.asker-may-be-full',
    rule: '1,000 friends, on both sides.',
    file: 'src/friends/store.ts',
    find: ' AND ${hasFewerFriends(ctx, sql`r.from_id`)}',
    replace: '',
    test: [friends, 'accepting at once never passes the number of friends, on neither side'],
  },
  {
    id: 'people.anybody-accepts',
    rule: 'Only the one who is asked accepts.',
    file: 'src/friends/store.ts',
    find: 'WHERE r.id = ${requestId} AND r.to_id = ${me}',
    replace: 'WHERE r.id = ${requestId}',
    test: [friends, 'only the one who is asked accepts or rejects, only the one who asks takes it back'],
  },
  {
    id: 'people.friendship-survives-block',
    rule: 'A block ends the friendship.',
    file: 'src/blocks/store.ts',
    find: 'DELETE FROM friendships WHERE ${proof}',
    replace: 'DELETE FROM friendships WHERE NOT ${proof}',
    test: [friends, 'a block ends friendship, requests and invitations, both ways'],
  },
  {
    id: 'people.invitation-survives-block',
    rule: 'A block ends open invitations both ways.',
    file: 'src/blocks/store.ts',
    find: '((user_id = ${me} AND created_by = ${userId}) OR (user_id = ${userId} AND created_by = ${me}))',
    replace: '(user_id = ${me} AND created_by = ${userId})',
    test: [friends, 'a block ends friendship, requests and invitations, both ways'],
  },
  {
    id: 'people.request-past-block',
    rule: 'Blocking: no request either way, also when both happen at once.',
    file: 'src/friends/store.ts',
    find: 'AND NOT ${areBlocked(me, toId)} AND NOT',
    replace: 'AND NOT',
    test: [friends, 'a request that was decided before a block does not outlive it'],
  },
  {
    id: 'people.found-by-the-blocked',
    rule: 'Blocking: not found either way.',
    file: 'src/profiles/search-store.ts',
    find: '      AND NOT ${areBlocked(ctx.actor.userId, sql`u.id`)}\n',
    replace: '',
    test: [friends, '%s: request %s, found %s, profile %s, studies %s, shared room %s'],
  },
  {
    id: 'people.conversation-per-opener',
    rule: 'One conversation per pair, exact under parallel opens.',
    file: 'src/conversations/store.ts',
    find: '        AND NOT EXISTS (SELECT 1 FROM conversations WHERE user_id = ${me} AND other_id = ${userId})',
    replace: '',
    test: [conversations, 'forty opens at once, from both sides, are one conversation'],
  },
  {
    id: 'people.anybody-writes',
    rule: 'Privacy: who may message.',
    file: 'src/conversations/actions.ts',
    find: 'return isInAudience(standing.privacy.mayMessage, standing.relation) ? null : conversationErrors.notAllowed()',
    replace: 'return null',
    test: [conversations, 'messages from %s: stranger, member of the same room, friend get %j'],
  },
  {
    id: 'people.unverified-write',
    rule: 'An unverified account may not send direct messages or friend requests.',
    file: 'src/friends/actions.ts',
    find: 'if (!ctx.actor.emailVerified) throw',
    replace: 'if (ctx.requestId === "") throw',
    test: [conversations, 'what cannot be opened leaves nothing behind'],
  },
]
