CREATE TABLE `blocks` (
	`blocker_id` text NOT NULL,
	`blocked_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`blocker_id`, `blocked_id`),
	FOREIGN KEY (`blocker_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`blocked_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `blocks_newest` ON `blocks` (`blocker_id`,`created_at`,`blocked_id`);--> statement-breakpoint
CREATE INDEX `blocks_by_blocked` ON `blocks` (`blocked_id`,`blocker_id`);--> statement-breakpoint
CREATE TABLE `conversations` (
	`user_id` text NOT NULL,
	`other_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`active_at` integer,
	PRIMARY KEY(`user_id`, `other_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`other_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `conversations_by_channel` ON `conversations` (`channel_id`);--> statement-breakpoint
CREATE INDEX `conversations_by_other` ON `conversations` (`other_id`);--> statement-breakpoint
CREATE INDEX `conversations_active` ON `conversations` (`user_id`,`active_at`,`channel_id`);--> statement-breakpoint
CREATE TABLE `friend_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`from_id` text NOT NULL,
	`to_id` text NOT NULL,
	`pair` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`from_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`to_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `friend_requests_pair` ON `friend_requests` (`pair`);--> statement-breakpoint
CREATE INDEX `friend_requests_outgoing` ON `friend_requests` (`from_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `friend_requests_incoming` ON `friend_requests` (`to_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `friendships` (
	`user_id` text NOT NULL,
	`friend_id` text NOT NULL,
	`change_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `friend_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`friend_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `friendships_newest` ON `friendships` (`user_id`,`created_at`,`friend_id`);--> statement-breakpoint
CREATE INDEX `friendships_by_friend` ON `friendships` (`friend_id`);--> statement-breakpoint
DROP INDEX `memberships_by_user`;--> statement-breakpoint
CREATE INDEX `memberships_by_kind` ON `memberships` (`user_id`,`state`,(channel_id >= 'g') + (channel_id >= 'r'),`joined_at`,`channel_id`);--> statement-breakpoint
ALTER TABLE `channels` ADD `frozen` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- A list of conversations is ordered by the last message, and must not read every channel for it.
CREATE TRIGGER channels_conversation_active AFTER UPDATE OF last_message_at ON channels
WHEN NEW.kind = 'conversation' AND NEW.last_message_at IS NOT NULL
BEGIN
  UPDATE conversations SET active_at = NEW.last_message_at
  WHERE channel_id = NEW.id AND (active_at IS NULL OR active_at < NEW.last_message_at);
END;
