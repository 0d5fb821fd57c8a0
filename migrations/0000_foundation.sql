CREATE TABLE `audit_log` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`event` text NOT NULL,
	`actor_id` text,
	`subject_id` text,
	`address` text,
	`request_id` text,
	`reason` text,
	`details` text
);
--> statement-breakpoint
CREATE INDEX `audit_log_by_subject` ON `audit_log` (`subject_id`,`at`);--> statement-breakpoint
CREATE INDEX `audit_log_by_actor` ON `audit_log` (`actor_id`,`at`);--> statement-breakpoint
CREATE TABLE `known_addresses` (
	`user_id` text NOT NULL,
	`address` text NOT NULL,
	`last_used_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `address`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `session_channels` (
	`session_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`unsynced` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`session_id`, `channel_id`),
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `session_channels_unsynced` ON `session_channels` (`session_id`) WHERE unsynced = 1;--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`refresh_n` integer DEFAULT 0 NOT NULL,
	`refresh_salt` text NOT NULL,
	`refresh_key_id` text NOT NULL,
	`rotated_at` integer,
	`transport` text NOT NULL,
	`device` text,
	`address` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`ends_at` integer NOT NULL,
	`ended_at` integer,
	`end_reason` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `sessions_open` ON `sessions` (`user_id`,`expires_at`,`id`) WHERE ended_at IS NULL;--> statement-breakpoint
CREATE TABLE `throttles` (
	`key` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL,
	`resets_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `throttles_by_reset` ON `throttles` (`resets_at`);--> statement-breakpoint
CREATE TABLE `bans` (
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`reason` text,
	`until` integer,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `user_id`),
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `channels` (
	`num` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`visibility` text NOT NULL,
	`settings` text NOT NULL,
	`owner_id` text,
	`owner_name` text,
	`max_members` integer NOT NULL,
	`member_count` integer DEFAULT 0 NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`rev` integer DEFAULT 1 NOT NULL,
	`unsynced` integer DEFAULT 1 NOT NULL,
	`change_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	`last_ord` integer DEFAULT 0 NOT NULL,
	`last_message_at` integer,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "channels_capacity" CHECK("channels"."member_count" <= "channels"."max_members")
);
--> statement-breakpoint
CREATE UNIQUE INDEX `channels_id` ON `channels` (`id`);--> statement-breakpoint
CREATE INDEX `channels_newest` ON `channels` (`kind`,`num`) WHERE visibility = 'public' AND deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `channels_by_name` ON `channels` (`kind`,name COLLATE NOCASE,`num`) WHERE visibility = 'public' AND deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `channels_by_members` ON `channels` (`kind`,`member_count`,`num`) WHERE visibility = 'public' AND deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `channels_by_owner` ON `channels` (`owner_id`,`kind`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `channels_unsynced` ON `channels` (`num`) WHERE unsynced = 1;--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`created_by` text NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_one_open` ON `invitations` (`channel_id`,`user_id`) WHERE state = 'open';--> statement-breakpoint
CREATE INDEX `invitations_mine` ON `invitations` (`user_id`,`created_at`) WHERE state = 'open';--> statement-breakpoint
CREATE TABLE `invite_links` (
	`code` text PRIMARY KEY NOT NULL,
	`channel_id` text NOT NULL,
	`created_by` text NOT NULL,
	`max_uses` integer,
	`uses` integer DEFAULT 0 NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`created_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "invite_links_uses" CHECK("invite_links"."max_uses" IS NULL OR "invite_links"."uses" <= "invite_links"."max_uses")
);
--> statement-breakpoint
CREATE INDEX `invite_links_by_channel` ON `invite_links` (`channel_id`,`created_at`,`code`) WHERE revoked_at IS NULL;--> statement-breakpoint
CREATE TABLE `join_requests` (
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `user_id`),
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `join_requests_open` ON `join_requests` (`channel_id`,`created_at`) WHERE state = 'open';--> statement-breakpoint
CREATE TABLE `memberships` (
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`role` text NOT NULL,
	`state` text NOT NULL,
	`joined_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`rev` integer DEFAULT 1 NOT NULL,
	`unsynced` integer DEFAULT 1 NOT NULL,
	`change_id` text NOT NULL,
	PRIMARY KEY(`channel_id`, `user_id`),
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `memberships_by_user` ON `memberships` (`user_id`,`state`,`joined_at`,`channel_id`);--> statement-breakpoint
CREATE INDEX `memberships_listed` ON `memberships` (`channel_id`,`joined_at`,`user_id`) WHERE state = 'active';--> statement-breakpoint
CREATE UNIQUE INDEX `memberships_one_owner` ON `memberships` (`channel_id`) WHERE role = 'owner' AND state = 'active';--> statement-breakpoint
CREATE INDEX `memberships_unsynced` ON `memberships` (`channel_id`) WHERE unsynced = 1;--> statement-breakpoint
CREATE TABLE `timeouts` (
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`reason` text,
	`until` integer NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `user_id`),
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `waitlist` (
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `user_id`),
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `waitlist_in_order` ON `waitlist` (`channel_id`,`created_at`,`user_id`);--> statement-breakpoint
CREATE TABLE `users` (
	`num` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`email` text,
	`email_verified_at` integer,
	`username` text NOT NULL,
	`password_hash` text,
	`name` text NOT NULL,
	`bio` text DEFAULT '' NOT NULL,
	`avatar_key` text,
	`role` text DEFAULT 'student' NOT NULL,
	`status` text DEFAULT 'active' NOT NULL,
	`timezone` text DEFAULT 'UTC' NOT NULL,
	`day_start_hour` integer DEFAULT 0 NOT NULL,
	`locale` text DEFAULT 'en' NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`last_active_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_id` ON `users` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_email` ON `users` (`email`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_username` ON `users` (`username`);