import { housekeepingTables } from '../../channels/live/schema'

/**
 * The inbox's own schema, step by step. A step that has run anywhere is never changed; a new one is added below it. A
 * part of the object that has tables of its own keeps steps and version of its own, see `upgradeSchema`.
 */
export const inboxSteps: readonly string[] = [
  `${housekeepingTables}
   ALTER TABLE tickets ADD COLUMN blocked_ids TEXT;
   -- Whose inbox this is.
   CREATE TABLE owner (only INTEGER PRIMARY KEY CHECK (only = 1), user_id TEXT NOT NULL);`,
]
