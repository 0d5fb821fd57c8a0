-- What notes take up follows them and what they said before, whoever writes them. The room of a person is a condition on
-- this row, so notes that are written at the same time cannot pass it together.
CREATE TRIGGER notes_use_insert AFTER INSERT ON notes
BEGIN
  INSERT INTO note_use (user_id, bytes) VALUES (NEW.author_id, length(CAST(NEW.title || NEW.body AS BLOB)))
  ON CONFLICT (user_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
--> statement-breakpoint
CREATE TRIGGER notes_use_update AFTER UPDATE OF title, body ON notes
BEGIN
  UPDATE note_use SET bytes = bytes + length(CAST(NEW.title || NEW.body AS BLOB)) - length(CAST(OLD.title || OLD.body AS BLOB))
  WHERE user_id = NEW.author_id;
END;
--> statement-breakpoint
CREATE TRIGGER notes_use_delete AFTER DELETE ON notes
BEGIN
  UPDATE note_use SET bytes = bytes - length(CAST(OLD.title || OLD.body AS BLOB)) WHERE user_id = OLD.author_id;
END;
--> statement-breakpoint
CREATE TRIGGER note_revisions_use_insert AFTER INSERT ON note_revisions
BEGIN
  UPDATE note_use SET bytes = bytes + length(CAST(NEW.title || NEW.body AS BLOB))
  WHERE user_id = (SELECT author_id FROM notes WHERE id = NEW.note_id);
END;
--> statement-breakpoint
CREATE TRIGGER note_revisions_use_delete AFTER DELETE ON note_revisions
BEGIN
  UPDATE note_use SET bytes = bytes - length(CAST(OLD.title || OLD.body AS BLOB))
  WHERE user_id = (SELECT author_id FROM notes WHERE id = OLD.note_id);
END;
--> statement-breakpoint
INSERT OR IGNORE INTO note_use (user_id, bytes)
SELECT author_id, sum(bytes) FROM (
  SELECT author_id, length(CAST(title || body AS BLOB)) AS bytes FROM notes
  UNION ALL
  SELECT n.author_id, length(CAST(r.title || r.body AS BLOB)) FROM note_revisions r JOIN notes n ON n.id = r.note_id)
GROUP BY author_id;
--> statement-breakpoint
-- What others have in a deleted room or group is cleared by cron; in one that comes back nothing is.
CREATE TRIGGER channels_left_behind AFTER UPDATE OF deleted_at ON channels WHEN NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL
BEGIN
  INSERT OR IGNORE INTO ended_channels (channel_id, due_at) VALUES (NEW.id, NEW.deleted_at);
END;
--> statement-breakpoint
CREATE TRIGGER channels_back AFTER UPDATE OF deleted_at ON channels WHEN NEW.deleted_at IS NULL AND OLD.deleted_at IS NOT NULL
BEGIN
  DELETE FROM ended_channels WHERE channel_id = NEW.id;
END;
--> statement-breakpoint
INSERT OR IGNORE INTO ended_channels (channel_id, due_at) SELECT id, deleted_at FROM channels WHERE deleted_at IS NOT NULL;

--> statement-breakpoint
-- Behind the key of its bytes the address of a logo may have an end, which changes where somebody is to see it no longer.
DROP TRIGGER channels_logo_trash;
--> statement-breakpoint
CREATE TRIGGER channels_logo_trash AFTER UPDATE OF logo_key ON channels
WHEN OLD.logo_key IS NOT NULL AND substr(NEW.logo_key, 1, 27) IS NOT substr(OLD.logo_key, 1, 27)
BEGIN
  INSERT OR IGNORE INTO file_trash (file_key, due_at) VALUES ('logos/' || substr(OLD.logo_key, 1, 27), unixepoch() * 1000);
END;
--> statement-breakpoint
CREATE TRIGGER memberships_logo AFTER UPDATE OF state ON memberships WHEN OLD.state = 'active' AND NEW.state <> 'active'
BEGIN
  UPDATE channels SET logo_key = substr(logo_key, 1, 27) || '.' || lower(hex(randomblob(20)))
  WHERE id = NEW.channel_id AND visibility = 'private' AND logo_key IS NOT NULL;
END;
--> statement-breakpoint
CREATE TRIGGER channels_logo_closed AFTER UPDATE OF visibility ON channels
WHEN OLD.visibility = 'public' AND NEW.visibility = 'private' AND NEW.logo_key IS NOT NULL
BEGIN
  UPDATE channels SET logo_key = substr(logo_key, 1, 27) || '.' || lower(hex(randomblob(20))) WHERE id = NEW.id;
END;
