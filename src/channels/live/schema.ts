/** What every kind of object has: tickets that wait for their sockets, and what its one alarm is for. Never changed. */
export const housekeepingTables = `CREATE TABLE tickets (
     hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, session_id TEXT NOT NULL, session_ends_at INTEGER NOT NULL,
     transport TEXT NOT NULL, expires_at INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE due (
     kind TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
     PRIMARY KEY (kind, key)
   ) WITHOUT ROWID;
   CREATE INDEX due_by_at ON due (at);`

/** A row written costs a thousand rows read, and hardly ever is more planned than a handful. */
export const unindexedPlan = 'DROP INDEX due_by_at;'

/**
 * The object's own schema, step by step. A step that has run anywhere is never changed; a new one is added below it.
 * Rows written per message: the message, its index by id, its nonce. Its event is the message row itself.
 */
export const schemaSteps: readonly string[] = [
  `CREATE TABLE channel (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, rev INTEGER NOT NULL, deleted_at INTEGER
   );
   CREATE TABLE members (
     user_id TEXT PRIMARY KEY, username TEXT NOT NULL, name TEXT NOT NULL, avatar_key TEXT, role TEXT NOT NULL,
     state TEXT NOT NULL, joined_at INTEGER NOT NULL, rev INTEGER NOT NULL
   ) WITHOUT ROWID;`,

  `CREATE TABLE messages (
     seq INTEGER PRIMARY KEY, ord INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL, text TEXT NOT NULL,
     created_at INTEGER NOT NULL, edited_at INTEGER, deleted_at INTEGER, deleted_by TEXT
   );
   CREATE TABLE edits (
     message_seq INTEGER NOT NULL, seq INTEGER NOT NULL, old_text TEXT NOT NULL, replaced_at INTEGER NOT NULL,
     PRIMARY KEY (message_seq, seq)
   ) WITHOUT ROWID;
   CREATE TABLE reactions (
     message_seq INTEGER NOT NULL, emoji TEXT NOT NULL, user_id TEXT NOT NULL, seq INTEGER NOT NULL,
     PRIMARY KEY (message_seq, emoji, user_id)
   ) WITHOUT ROWID;
   -- Every durable change but new messages, which are their own event: references, never payloads.
   CREATE TABLE events (
     seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, message_seq INTEGER, user_id TEXT, emoji TEXT
   );
   CREATE TABLE nonces (
     user_id TEXT NOT NULL, nonce TEXT NOT NULL, message_id TEXT, seq INTEGER,
     PRIMARY KEY (user_id, nonce)
   ) WITHOUT ROWID;
   CREATE TABLE marks (
     user_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, ord INTEGER NOT NULL, at INTEGER NOT NULL
   ) WITHOUT ROWID;`,

  housekeepingTables,

  `ALTER TABLE channel ADD COLUMN slow_mode_seconds INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE members ADD COLUMN muted_until INTEGER;
   -- Names are unique at any moment, but a replica may hear of a swap in two steps.
   CREATE INDEX members_by_username ON members (username);
   -- In JSON what few messages have: type, seq of the message answered, who is mentioned.
   ALTER TABLE messages ADD COLUMN extra TEXT;
   ALTER TABLE messages ADD COLUMN pinned_at INTEGER;
   CREATE INDEX messages_pinned ON messages (pinned_at) WHERE pinned_at IS NOT NULL;
   -- When somebody last wrote, kept only while slow mode is on.
   CREATE TABLE spoke (user_id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
   ALTER TABLE tickets ADD COLUMN blocked_ids TEXT;`,

  `CREATE VIRTUAL TABLE message_search USING fts5(
     terms, tags, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
   );
   CREATE TABLE search_mark (only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL);
   INSERT INTO search_mark VALUES (1, 0);`,

  'ALTER TABLE channel ADD COLUMN frozen INTEGER NOT NULL DEFAULT 0;',

  `ALTER TABLE channel ADD COLUMN timer_by TEXT NOT NULL DEFAULT 'members';
   CREATE TABLE timer (
     only INTEGER PRIMARY KEY CHECK (only = 1), run INTEGER NOT NULL, pattern TEXT NOT NULL, started_by TEXT,
     started_at INTEGER NOT NULL, anchor_at INTEGER NOT NULL, paused_at INTEGER, phase INTEGER NOT NULL,
     began_at INTEGER NOT NULL
   );
   -- Work phases that ended, on their way to D1.
   CREATE TABLE pomodoros (
     run INTEGER NOT NULL, phase INTEGER NOT NULL, user_id TEXT NOT NULL, work_minutes INTEGER NOT NULL,
     started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, PRIMARY KEY (run, phase, user_id)
   ) WITHOUT ROWID;`,

  `-- What moderators have deleted, until D1 has noted it.
   CREATE TABLE removals (
     id TEXT PRIMARY KEY, message_id TEXT NOT NULL, user_id TEXT NOT NULL, actor_id TEXT NOT NULL, reason TEXT,
     at INTEGER NOT NULL
   ) WITHOUT ROWID;`,
  `CREATE TABLE files (upload_id TEXT PRIMARY KEY, message_seq INTEGER NOT NULL) WITHOUT ROWID;
   CREATE INDEX files_by_message ON files (message_seq);`,

  `-- Messages that call everybody by @room.
   CREATE TABLE calls (seq INTEGER PRIMARY KEY);
   -- How far the head of the conversation was told.
   CREATE TABLE reported (only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL);
   INSERT INTO reported VALUES (1, 0);
   -- What a member lets others see.
   ALTER TABLE members ADD COLUMN shows_presence INTEGER NOT NULL DEFAULT 1;
   ALTER TABLE members ADD COLUMN shows_reads INTEGER NOT NULL DEFAULT 1;`,
  `-- Meetups under way, and who is here during them.
   CREATE TABLE watches (meetup_id TEXT PRIMARY KEY, ends_at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE visits (
     meetup_id TEXT NOT NULL, user_id TEXT NOT NULL, since INTEGER, stayed INTEGER NOT NULL,
     PRIMARY KEY (meetup_id, user_id)
   ) WITHOUT ROWID;`,

  // What others are to be told of, until D1 has it.
  'CREATE TABLE outbox (id TEXT PRIMARY KEY, event TEXT NOT NULL) WITHOUT ROWID;',

  `-- Whoever has hidden it stays hidden: what the member lets others see comes with the next ticket, whose row is newer now.
   ALTER TABLE members ADD COLUMN shows_study INTEGER NOT NULL DEFAULT 0;
   UPDATE members SET rev = rev - 1;
   -- What members study here, as their clocks told it; in JSON, and null once it is over.
   CREATE TABLE studies (user_id TEXT PRIMARY KEY, study TEXT NOT NULL, rev INTEGER NOT NULL) WITHOUT ROWID;`,

  unindexedPlan,
]

/** The part of the object's database handle that the log uses; a test may bring another SQLite. */
export interface Sql {
  exec(query: string, ...bindings: (string | number | null)[]): Iterable<Record<string, unknown>>
}

/**
 * Whether anything was ever stored here. An object that was only asked for stays empty.
 * @param table where the version of that part is kept
 */
export function isStored(sql: Sql, table = 'schema_version'): boolean {
  return first(sql, 'SELECT 1 FROM sqlite_master WHERE name = ? LIMIT 1', table) !== null
}

/**
 * Brings a schema to its newest step. The caller makes it one transaction. Where there is nothing to do it only reads:
 * an object does this each time that it wakes, and a statement that could write costs many times as much.
 * @param table where the version is kept: parts of an object that have steps of their own have a table of their own
 */
export function upgradeSchema(sql: Sql, steps: readonly string[] = schemaSteps, table = 'schema_version'): void {
  const isOld = isStored(sql, table)
  const version = (isOld && first<{ version: number }>(sql, `SELECT version FROM ${table}`)?.version) || 0
  if (version === steps.length) return
  if (!isOld) run(sql, `CREATE TABLE ${table} (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER)`)
  for (const step of steps.slice(version)) run(sql, step)
  run(sql, `INSERT OR REPLACE INTO ${table} (only, version) VALUES (1, ?)`, steps.length)
}

export function first<Row>(sql: Sql, query: string, ...bindings: (string | number | null)[]): Row | null {
  for (const row of sql.exec(query, ...bindings)) return row as Row
  return null
}

export function all<Row>(sql: Sql, query: string, ...bindings: (string | number | null)[]): Row[] {
  return [...sql.exec(query, ...bindings)] as Row[]
}

/** Runs a statement to its end: some only take place as their rows are read. */
export function run(sql: Sql, query: string, ...bindings: (string | number | null)[]): void {
  for (const _ of sql.exec(query, ...bindings));
}
