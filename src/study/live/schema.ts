/** What a person's object keeps of their study time, step by step; see `upgradeSchema`. One row is written for a ping. */
export const studySteps: readonly string[] = [
  `-- The session that runs. A ping moves only the two times, which stand above what the state says.
   CREATE TABLE study_running (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     state TEXT NOT NULL, last_ping_at INTEGER NOT NULL, proven_at INTEGER NOT NULL
   );
   -- Sessions that are over, in order: until they are delivered, and a week longer for an end that was made offline.
   CREATE TABLE study_ended (
     num INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL, finished TEXT NOT NULL,
     -- Of a lost session how it ran; of one whose end came later what was delivered before.
     running TEXT, before TEXT, streak TEXT NOT NULL, delivered INTEGER NOT NULL
   );
   CREATE TABLE study_days (studied_on TEXT PRIMARY KEY, seconds INTEGER NOT NULL) WITHOUT ROWID;`,
  // When notifications were last held back because of the session; its end lets them out, and then the row goes.
  'CREATE TABLE study_held (only INTEGER PRIMARY KEY CHECK (only = 1), at INTEGER NOT NULL);',
  // Sessions that were lost too soon to count, for an end that was made offline: a week.
  'CREATE TABLE study_lost (id TEXT PRIMARY KEY, at INTEGER NOT NULL, running TEXT NOT NULL) WITHOUT ROWID;',
  // What the person is to be told of, until D1 has it.
  'CREATE TABLE outbox (id TEXT PRIMARY KEY, event TEXT NOT NULL) WITHOUT ROWID;',
  // What rooms are to show of the session, and whether they have heard it.
  `CREATE TABLE study_shown (
     room_id TEXT PRIMARY KEY, study TEXT NOT NULL, rev INTEGER NOT NULL, heard INTEGER NOT NULL
   ) WITHOUT ROWID;`,
]

export const studyVersionTable = 'study_schema_version'
