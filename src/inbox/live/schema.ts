import { housekeepingTables, unindexedPlan } from '../../channels/live/schema'

/**
 * The inbox's own schema, step by step. A step that has run anywhere is never changed; a new one is added below it. A
 * part of the object that has tables of its own keeps steps and version of its own, see `upgradeSchema`.
 */
export const inboxSteps: readonly string[] = [
  `${housekeepingTables}
   ALTER TABLE tickets ADD COLUMN blocked_ids TEXT;
   -- Whose inbox this is.
   CREATE TABLE owner (only INTEGER PRIMARY KEY CHECK (only = 1), user_id TEXT NOT NULL);`,

  `ALTER TABLE owner ADD COLUMN online_until INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE marks (
     channel_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, ord INTEGER NOT NULL, calls INTEGER NOT NULL,
     own INTEGER NOT NULL, mentions INTEGER NOT NULL, as_of INTEGER NOT NULL
   ) WITHOUT ROWID;
   -- How far the person's channels were when the last ticket was made, in JSON: for the socket that it opens.
   CREATE TABLE snapshot (only INTEGER PRIMARY KEY CHECK (only = 1), heads TEXT NOT NULL);`,

  `-- What the person has chosen to show, what friends were told last, and whether the settings hide all of it.
   CREATE TABLE self (only INTEGER PRIMARY KEY CHECK (only = 1), status TEXT, told TEXT, hides INTEGER NOT NULL);
   INSERT INTO self VALUES (1, NULL, NULL, 0);
   CREATE TABLE friends (user_id TEXT PRIMARY KEY, shown TEXT) WITHOUT ROWID;`,

  `${unindexedPlan}
   -- The sweep is planned by the alarm alone.
   DELETE FROM due WHERE kind = 'sweep';`,
]
