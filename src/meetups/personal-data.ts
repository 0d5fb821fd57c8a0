import type { TableDeclaration } from '../shared/personal-data'

const details = [
  'title',
  'description',
  'location',
  'starts_on',
  'starts_time',
  'timezone',
  'duration_minutes',
  'capacity',
  'created_at',
  'updated_at',
]
const withheld = {
  host_id: 'the same in every row',
  sequence: 'keeps calendars in step',
  change_id: 'proves that a change took place',
}

export const meetupData: TableDeclaration[] = [
  {
    table: 'meetup_rsvps',
    holds: 'Meetups that you said you would come to, or would not, and whether you were there.',
    purpose: 'To keep seats, to remind you, and to count how reliably you come, for you alone.',
    kept: 'Until your account is erased.',
    rows: 'user_id = ?1',
    exported: ['meetup_id', 'status', 'seated', 'remind_minutes', 'attended_at', 'outcome', 'ended_at', 'answered_at'],
    withheld: {
      user_id: 'the same in every row',
      place: 'where you stood in line',
      untold: 'whether a seat was told of',
      change_id: 'proves that a change took place',
    },
    erase: ['DELETE FROM meetup_rsvps WHERE user_id = ?1'],
  },
  {
    table: 'meetups',
    holds: 'The meetups that you planned.',
    purpose: 'So that others can come.',
    kept: 'They stay in their room or group; that you planned them is forgotten when your account is erased.',
    rows: 'host_id = ?1',
    exported: ['id', 'channel_id', ...details, 'starts_at', 'ends_at', 'state'],
    withheld: {
      ...withheld,
      series_id: 'what repeats is exported by itself',
      occurs_on: 'what repeats is exported by itself',
      is_changed: 'what repeats is exported by itself',
      going_count: 'of others',
      is_watched: 'says nothing of a person',
      version: 'tells writers apart',
    },
    erase: ['UPDATE meetups SET host_id = NULL WHERE host_id = ?1'],
  },
  {
    table: 'meetup_series',
    holds: 'How the meetups that you planned repeat.',
    purpose: 'To plan the next ones.',
    kept: 'As long as its room or group; that you planned them is forgotten when your account is erased.',
    rows: 'host_id = ?1',
    exported: ['id', 'channel_id', ...details, 'repeat', 'first_on', 'cancelled_at'],
    withheld: { ...withheld, planned_through: 'how far it is planned', next_on: 'how far it is planned' },
    erase: ['UPDATE meetup_series SET host_id = NULL WHERE host_id = ?1'],
  },
]
