-- Written by drizzle-kit, and WITHOUT ROWID by hand: see docs/decisions/study-time-is-counted-once.md.
CREATE TABLE `study_boards` (
	`key` text PRIMARY KEY NOT NULL,
	`made_at` integer NOT NULL,
	`entries` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `study_days` (
	`studied_on` text NOT NULL,
	`user_id` text NOT NULL,
	`seconds` integer NOT NULL,
	`manual_seconds` integer NOT NULL,
	PRIMARY KEY(`studied_on`, `user_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `study_goals` (
	`user_id` text PRIMARY KEY NOT NULL,
	`day_minutes` integer,
	`week_minutes` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `study_sessions` (
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer NOT NULL,
	`end_reason` text NOT NULL,
	`seconds` integer NOT NULL,
	`xp` integer NOT NULL,
	`room_id` text,
	`subject_id` text,
	`todo_id` text,
	`task` text,
	`timezone` text NOT NULL,
	`day_start_hour` integer NOT NULL,
	`segments` text NOT NULL,
	`days` text NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL,
	`change_id` text NOT NULL,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `study_standings` (
	`user_id` text PRIMARY KEY NOT NULL,
	`xp` integer NOT NULL,
	`streak_days` integer NOT NULL,
	`streak_longest` integer NOT NULL,
	`streak_last_on` text,
	`freezes` integer NOT NULL,
	`towards_freeze` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `study_zones` (
	`user_id` text NOT NULL,
	`from_at` integer NOT NULL,
	`timezone` text NOT NULL,
	`day_start_hour` integer NOT NULL,
	`starts_on` text NOT NULL,
	`skipped_days` integer NOT NULL,
	PRIMARY KEY(`user_id`, `from_at`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `xp_ledger` (
	`user_id` text NOT NULL,
	`source_type` text NOT NULL,
	`source_id` text NOT NULL,
	`rule` text NOT NULL,
	`amount` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `source_type`, `source_id`, `rule`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `user_settings` ADD `auto_end_minutes` integer DEFAULT 120 NOT NULL;--> statement-breakpoint
ALTER TABLE `user_settings` ADD `on_boards` integer DEFAULT true NOT NULL;