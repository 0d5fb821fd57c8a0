-- What a person's files take up, announced ones included, follows the uploads, whoever writes them. The quota is a
-- condition on this row, so uploads that are announced at the same time cannot pass it together.
CREATE TRIGGER uploads_use_insert AFTER INSERT ON uploads WHEN NEW.state <> 'refused'
BEGIN
  INSERT INTO storage_use (user_id, bytes) VALUES (NEW.user_id, NEW.size)
  ON CONFLICT (user_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
--> statement-breakpoint
CREATE TRIGGER uploads_use_refused AFTER UPDATE OF state ON uploads WHEN NEW.state = 'refused' AND OLD.state <> 'refused'
BEGIN
  UPDATE storage_use SET bytes = bytes - OLD.size WHERE user_id = OLD.user_id;
  INSERT OR IGNORE INTO file_trash (file_key, due_at) VALUES (OLD.file_key, unixepoch() * 1000);
END;
--> statement-breakpoint
-- No row goes without its bytes. What may still be on its way gets an hour, and is then deleted.
CREATE TRIGGER uploads_trash AFTER DELETE ON uploads
BEGIN
  UPDATE storage_use SET bytes = bytes - OLD.size WHERE user_id = OLD.user_id AND OLD.state <> 'refused';
  INSERT OR IGNORE INTO file_trash (file_key, due_at)
  VALUES (OLD.file_key, unixepoch() * 1000 + iif(OLD.state = 'pending', 3600000, 0));
END;
--> statement-breakpoint
CREATE TRIGGER users_avatar_trash AFTER UPDATE OF avatar_key ON users
WHEN OLD.avatar_key IS NOT NULL AND NEW.avatar_key IS NOT OLD.avatar_key
BEGIN
  INSERT OR IGNORE INTO file_trash (file_key, due_at) VALUES ('avatars/' || OLD.avatar_key, unixepoch() * 1000);
END;
--> statement-breakpoint
CREATE TRIGGER channels_logo_trash AFTER UPDATE OF logo_key ON channels
WHEN OLD.logo_key IS NOT NULL AND NEW.logo_key IS NOT OLD.logo_key
BEGIN
  INSERT OR IGNORE INTO file_trash (file_key, due_at) VALUES ('logos/' || OLD.logo_key, unixepoch() * 1000);
END;
--> statement-breakpoint
CREATE TRIGGER channels_deleted_logo AFTER UPDATE OF deleted_at ON channels
WHEN NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL AND NEW.logo_key IS NOT NULL
BEGIN
  UPDATE channels SET logo_key = NULL WHERE id = NEW.id;
  DELETE FROM uploads WHERE used_kind = 'logo' AND used_id = NEW.id;
END;
