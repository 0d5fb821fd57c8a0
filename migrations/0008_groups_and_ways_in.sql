DROP INDEX `channels_newest`;--> statement-breakpoint
DROP INDEX `channels_by_name`;--> statement-breakpoint
DROP INDEX `channels_by_members`;--> statement-breakpoint
ALTER TABLE `channels` ADD `subject_id` text REFERENCES subjects(id);--> statement-breakpoint
ALTER TABLE `channels` ADD `join_policy` text DEFAULT 'open' NOT NULL;--> statement-breakpoint
ALTER TABLE `channels` ADD `min_level` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `channels` ADD `is_active` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `channels` ADD `schedule` text;--> statement-breakpoint
ALTER TABLE `channels` ADD `location` text;--> statement-breakpoint
CREATE INDEX `channels_by_subject` ON `channels` (`kind`,`subject_id`,`num`) WHERE visibility = 'public' AND deleted_at IS NULL AND is_active = 1;--> statement-breakpoint
CREATE INDEX `channels_newest` ON `channels` (`kind`,`num`) WHERE visibility = 'public' AND deleted_at IS NULL AND is_active = 1;--> statement-breakpoint
CREATE INDEX `channels_by_name` ON `channels` (`kind`,name COLLATE NOCASE,`num`) WHERE visibility = 'public' AND deleted_at IS NULL AND is_active = 1;--> statement-breakpoint
CREATE INDEX `channels_by_members` ON `channels` (`kind`,`member_count`,`num`) WHERE visibility = 'public' AND deleted_at IS NULL AND is_active = 1;--> statement-breakpoint
DROP INDEX `join_requests_open`;--> statement-breakpoint
CREATE INDEX `join_requests_open` ON `join_requests` (`channel_id`,`created_at`,`user_id`) WHERE state = 'open';--> statement-breakpoint
CREATE INDEX `bans_listed` ON `bans` (`channel_id`,`created_at`,`user_id`);--> statement-breakpoint
-- Whoever becomes a member waits no more and has nothing left to answer or to be answered, by whichever way they came.
CREATE TRIGGER memberships_arrived_insert AFTER INSERT ON memberships WHEN NEW.state = 'active'
BEGIN
  DELETE FROM waitlist WHERE channel_id = NEW.channel_id AND user_id = NEW.user_id;
  UPDATE invitations SET state = 'accepted', updated_at = NEW.updated_at
    WHERE channel_id = NEW.channel_id AND user_id = NEW.user_id AND state = 'open';
  UPDATE join_requests SET state = 'approved', updated_at = NEW.updated_at
    WHERE channel_id = NEW.channel_id AND user_id = NEW.user_id AND state = 'open';
END;
--> statement-breakpoint
CREATE TRIGGER memberships_arrived_update AFTER UPDATE OF state ON memberships
WHEN NEW.state = 'active' AND OLD.state <> 'active'
BEGIN
  DELETE FROM waitlist WHERE channel_id = NEW.channel_id AND user_id = NEW.user_id;
  UPDATE invitations SET state = 'accepted', updated_at = NEW.updated_at
    WHERE channel_id = NEW.channel_id AND user_id = NEW.user_id AND state = 'open';
  UPDATE join_requests SET state = 'approved', updated_at = NEW.updated_at
    WHERE channel_id = NEW.channel_id AND user_id = NEW.user_id AND state = 'open';
END;
--> statement-breakpoint
-- A ban ends what the person has asked for and been offered.
CREATE TRIGGER bans_shut_out AFTER INSERT ON bans
BEGIN
  DELETE FROM waitlist WHERE channel_id = NEW.channel_id AND user_id = NEW.user_id;
  UPDATE invitations SET state = 'withdrawn', updated_at = NEW.created_at
    WHERE channel_id = NEW.channel_id AND user_id = NEW.user_id AND state = 'open';
  UPDATE join_requests SET state = 'denied', updated_at = NEW.created_at
    WHERE channel_id = NEW.channel_id AND user_id = NEW.user_id AND state = 'open';
END;
--> statement-breakpoint
-- So does the end of the room or group, for everybody.
CREATE TRIGGER channels_ended AFTER UPDATE OF deleted_at ON channels WHEN NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL
BEGIN
  DELETE FROM waitlist WHERE channel_id = NEW.id;
  UPDATE invitations SET state = 'withdrawn', updated_at = NEW.deleted_at WHERE channel_id = NEW.id AND state = 'open';
  UPDATE join_requests SET state = 'denied', updated_at = NEW.deleted_at WHERE channel_id = NEW.id AND state = 'open';
END;
--> statement-breakpoint
-- Public groups by searchTerms() of name and description and a term for the subject; rowid is channels.num.
CREATE VIRTUAL TABLE group_search USING fts5(
  terms, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
