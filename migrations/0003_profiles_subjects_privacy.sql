CREATE TABLE `consents` (
	`user_id` text NOT NULL,
	`version` text NOT NULL,
	`agreed_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `version`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `data_exports` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`state` text NOT NULL,
	`file_key` text NOT NULL,
	`bytes` integer,
	`requested_at` integer NOT NULL,
	`started_at` integer,
	`tries` integer DEFAULT 0 NOT NULL,
	`ready_at` integer,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `data_exports_by_user` ON `data_exports` (`user_id`,`requested_at`);--> statement-breakpoint
CREATE INDEX `data_exports_open` ON `data_exports` (`requested_at`) WHERE state = 'requested';--> statement-breakpoint
CREATE INDEX `data_exports_by_expiry` ON `data_exports` (`expires_at`);--> statement-breakpoint
CREATE TABLE `deletions` (
	`user_id` text PRIMARY KEY NOT NULL,
	`messages` text NOT NULL,
	`requested_at` integer NOT NULL,
	`erases_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `deletions_due` ON `deletions` (`erases_at`);--> statement-breakpoint
CREATE TABLE `erasures` (
	`channel_id` text NOT NULL,
	`user_id` text NOT NULL,
	`messages` text NOT NULL,
	PRIMARY KEY(`channel_id`, `user_id`)
);
--> statement-breakpoint
CREATE TABLE `subjects` (
	`num` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`category` text NOT NULL,
	`description` text NOT NULL,
	`icon_path` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `subjects_id` ON `subjects` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `subjects_slug` ON `subjects` (`slug`);--> statement-breakpoint
CREATE INDEX `subjects_by_name` ON `subjects` (`name`,`num`);--> statement-breakpoint
CREATE INDEX `subjects_by_category` ON `subjects` (`category`,`name`,`num`);--> statement-breakpoint
CREATE TABLE `user_subjects` (
	`user_id` text NOT NULL,
	`subject_id` text NOT NULL,
	`added_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `subject_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`subject_id`) REFERENCES `subjects`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `profiles` (
	`user_id` text PRIMARY KEY NOT NULL,
	`education_level` text,
	`institution` text,
	`major` text,
	`year` integer,
	`learning_style` text,
	`study_environments` text DEFAULT '[]' NOT NULL,
	`study_methods` text DEFAULT '[]' NOT NULL,
	`performance_level` integer,
	`availability` text DEFAULT '[]' NOT NULL,
	`group_size` integer,
	`session_duration` integer,
	`study_goals` text DEFAULT '[]' NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `user_settings` (
	`user_id` text PRIMARY KEY NOT NULL,
	`may_message` text DEFAULT 'shared' NOT NULL,
	`may_invite` text DEFAULT 'everyone' NOT NULL,
	`may_see_presence` text DEFAULT 'shared' NOT NULL,
	`may_see_study_stats` text DEFAULT 'friends' NOT NULL,
	`may_see_profile` text DEFAULT 'shared' NOT NULL,
	`discoverable` integer DEFAULT true NOT NULL,
	`read_receipts` integer DEFAULT true NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `sessions_by_user` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `bans_by_user` ON `bans` (`user_id`);--> statement-breakpoint
CREATE INDEX `invitations_by_user` ON `invitations` (`user_id`);--> statement-breakpoint
CREATE INDEX `invite_links_by_creator` ON `invite_links` (`created_by`);--> statement-breakpoint
CREATE INDEX `join_requests_by_user` ON `join_requests` (`user_id`);--> statement-breakpoint
CREATE INDEX `timeouts_by_user` ON `timeouts` (`user_id`);--> statement-breakpoint
CREATE INDEX `waitlist_by_user` ON `waitlist` (`user_id`);