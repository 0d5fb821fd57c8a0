-- Member counts and owners follow the memberships, whoever writes them. Together with the check channels_capacity this
-- makes a full channel refuse the whole batch that would overfill it.
CREATE TRIGGER memberships_count_insert AFTER INSERT ON memberships WHEN NEW.state = 'active'
BEGIN
  UPDATE channels SET member_count = member_count + 1 WHERE id = NEW.channel_id;
END;
--> statement-breakpoint
CREATE TRIGGER memberships_count_update AFTER UPDATE OF state ON memberships
WHEN (OLD.state = 'active') <> (NEW.state = 'active')
BEGIN
  UPDATE channels SET member_count = member_count + (NEW.state = 'active') - (OLD.state = 'active') WHERE id = NEW.channel_id;
END;
--> statement-breakpoint
CREATE TRIGGER memberships_owner_insert AFTER INSERT ON memberships WHEN NEW.role = 'owner' AND NEW.state = 'active'
BEGIN
  UPDATE channels SET (owner_id, owner_name) = (SELECT id, name FROM users WHERE id = NEW.user_id) WHERE id = NEW.channel_id;
END;
--> statement-breakpoint
CREATE TRIGGER memberships_owner_update AFTER UPDATE OF role ON memberships WHEN NEW.role = 'owner' AND NEW.state = 'active'
BEGIN
  UPDATE channels SET (owner_id, owner_name) = (SELECT id, name FROM users WHERE id = NEW.user_id) WHERE id = NEW.channel_id;
END;
--> statement-breakpoint
CREATE TRIGGER users_owner_name AFTER UPDATE OF name ON users WHEN NEW.name <> OLD.name
BEGIN
  UPDATE channels SET owner_name = NEW.name WHERE owner_id = NEW.id AND deleted_at IS NULL;
END;
--> statement-breakpoint
CREATE TRIGGER memberships_kept BEFORE DELETE ON memberships
BEGIN
  SELECT RAISE(ABORT, 'memberships are never deleted');
END;
--> statement-breakpoint
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
--> statement-breakpoint
-- Public channels by searchTerms() of name and description; rowid is channels.num, so the newest have the highest.
CREATE VIRTUAL TABLE channel_search USING fts5(
  terms, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
