import type { Mutation } from './mutation'

const inbox = 'test/inbox/inbox.pure.test.ts'
const shown = 'test/live/shown.pure.test.ts'

/** How each rule of the inbox, of unread counts and of what people show is broken. */
export const inboxMutations: readonly Mutation[] = [
  {
    id: 'unread.own-counts',
    rule: 'I5 own messages never count.',
    file: 'src/inbox/live/unread.ts',
    find: 'head.ord - ord - own',
    replace: 'head.ord - ord',
    test: [inbox, 'I5 when %s'],
  },
  {
    id: 'unread.mark-goes-back',
    rule: 'I5 the furthest mark wins.',
    file: 'src/inbox/live/inbox.ts',
    find: 'mark.seq > known.seq ||',
    replace: 'mark.seq !== known.seq ||',
    test: [inbox, 'I5 the furthest mark wins, and of one seq the one that was counted later'],
  },
  {
    id: 'unread.muted-counts',
    rule: 'I7 a muted channel is not in the totals.',
    file: 'src/inbox/live/unread.ts',
    find: 'if (muted || ',
    replace: 'if (',
    test: [inbox, 'I7 muted channels are not in the totals'],
  },
  {
    id: 'friends.see-the-invisible',
    rule: 'I11 who is invisible is away to friends.',
    file: 'src/inbox/live/presence.ts',
    find: " || state.status?.state === 'invisible'",
    replace: '',
    test: [inbox, 'I10 who is invisible or hides from everybody is away to friends, and sees their own state'],
  },
  {
    id: 'friends.see-who-hides',
    rule: 'I11 who lets nobody see their presence is away to friends.',
    file: 'src/inbox/live/presence.ts',
    find: '!state.present || hides ||',
    replace: '!state.present ||',
    test: [inbox, 'I10 who is invisible or hides from everybody is away to friends, and sees their own state'],
  },
  {
    id: 'friends.storm',
    rule: 'I11 friends hear of changes at most every 2 s.',
    file: 'src/inbox/live/inbox.ts',
    find: 'at: Math.max(now, state.toldAt + tellEveryMs)',
    replace: 'at: Math.max(now, state.toldAt + tellEveryMs - tellEveryMs)',
    test: [inbox, 'I11 many changes are one call for each friend, at most every two seconds'],
  },
  {
    id: 'room.shows-who-hides',
    rule: 'L18b who hides presence is unseen in rooms.',
    file: 'src/channels/live/presence.ts',
    find: 'isInvisible(person) || facts.member(userId)?.showsPresence === false',
    replace: 'isInvisible(person)',
    test: [shown, 'L18b who hides it comes, works and goes without anybody hearing it, and is not counted'],
  },
  {
    id: 'receipts.hidden-one-way',
    rule: 'L18b hidden receipts are hidden both ways.',
    file: 'src/channels/live/chat.ts',
    find: 'return present.filter(shows).map(',
    replace: 'return present.map(',
    test: [shown, 'L18b hidden receipts are hidden both ways, and one hears of one’s own'],
  },
  {
    id: 'inbox.session-stays',
    rule: 'L5 an ended session closes its sockets to the inbox.',
    file: 'durable-objects/live-inbox.ts',
    find: "for (const { who } of this.sockets.all()) if (who.sessionId === sessionId) this.end(who, 'session')",
    replace: '',
    test: ['test/inbox/inbox.test.ts', 'L5 ends with its session, by logout at once and by the check after 15 minutes'],
  },
]
