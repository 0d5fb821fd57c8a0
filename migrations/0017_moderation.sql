CREATE TABLE `appeals` (
	`action_id` text PRIMARY KEY NOT NULL,
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`text` text NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`answer` text,
	`answered_by` text,
	`answered_at` integer,
	`change_id` text,
	FOREIGN KEY (`action_id`) REFERENCES `moderation_actions`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `appeals_by_user` ON `appeals` (`user_id`);--> statement-breakpoint
CREATE INDEX `appeals_by_channel` ON `appeals` (`channel_id`,`state`,`created_at`,`action_id`);--> statement-breakpoint
CREATE INDEX `appeals_by_state` ON `appeals` (`state`,`created_at`,`action_id`);--> statement-breakpoint
CREATE TABLE `moderation_actions` (
	`id` text PRIMARY KEY NOT NULL,
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`actor_id` text NOT NULL,
	`action` text NOT NULL,
	`reason` text,
	`until` integer,
	`message_id` text,
	`purged` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`lifted_at` integer,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `moderation_actions_by_user` ON `moderation_actions` (`user_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `moderation_actions_by_channel` ON `moderation_actions` (`channel_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `moderation_actions_in_force` ON `moderation_actions` (`channel_id`,`user_id`,`action`) WHERE lifted_at IS NULL AND action IN ('member.timed_out', 'member.banned');--> statement-breakpoint
CREATE TABLE `reports` (
	`id` text PRIMARY KEY NOT NULL,
	`target_type` text NOT NULL,
	`target_id` text NOT NULL,
	`channel_id` text,
	`target_user_id` text,
	`reporter_id` text,
	`reason` text NOT NULL,
	`note` text,
	`content` text,
	`state` text NOT NULL,
	`resolution` text,
	`closed_by` text,
	`closed_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`target_user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`reporter_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reports_one_open` ON `reports` (`reporter_id`,`target_id`) WHERE state = 'open';--> statement-breakpoint
CREATE INDEX `reports_by_reporter` ON `reports` (`reporter_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `reports_by_person` ON `reports` (`target_user_id`);--> statement-breakpoint
CREATE INDEX `reports_by_channel` ON `reports` (`channel_id`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `reports_by_state` ON `reports` (`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `reports_kept` ON `reports` (`closed_at`) WHERE content IS NOT NULL AND closed_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE `memberships` ADD `purge` text;--> statement-breakpoint
CREATE INDEX `memberships_looking_after` ON `memberships` (`user_id`,`channel_id`) WHERE state = 'active' AND role <> 'member';