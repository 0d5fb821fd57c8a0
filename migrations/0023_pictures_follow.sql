-- The picture of who owns a channel follows the owner, like the name beside it.
CREATE TRIGGER channels_owner_avatar_insert AFTER INSERT ON channels WHEN NEW.owner_id IS NOT NULL
BEGIN
  UPDATE channels SET owner_avatar_key = (SELECT avatar_key FROM users WHERE id = NEW.owner_id) WHERE id = NEW.id;
END;
--> statement-breakpoint
CREATE TRIGGER channels_owner_avatar AFTER UPDATE OF owner_id ON channels WHEN NEW.owner_id IS NOT OLD.owner_id
BEGIN
  UPDATE channels SET owner_avatar_key = (SELECT avatar_key FROM users WHERE id = NEW.owner_id) WHERE id = NEW.id;
END;
--> statement-breakpoint
CREATE TRIGGER users_owner_avatar AFTER UPDATE OF avatar_key ON users WHEN NEW.avatar_key IS NOT OLD.avatar_key
BEGIN
  UPDATE channels SET owner_avatar_key = NEW.avatar_key WHERE owner_id = NEW.id AND deleted_at IS NULL;
END;
