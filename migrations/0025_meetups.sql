CREATE TABLE `calendar_feeds` (
	`user_id` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `calendar_feeds_token` ON `calendar_feeds` (`token_hash`);--> statement-breakpoint
CREATE TABLE `meetup_rsvps` (
	`meetup_id` text NOT NULL,
	`user_id` text NOT NULL,
	`status` text NOT NULL,
	`place` integer,
	`seated` integer DEFAULT false NOT NULL,
	`untold` integer DEFAULT false NOT NULL,
	`remind_minutes` integer,
	`attended_at` integer,
	`outcome` text,
	`ended_at` integer,
	`answered_at` integer NOT NULL,
	`change_id` text NOT NULL,
	PRIMARY KEY(`meetup_id`, `user_id`),
	FOREIGN KEY (`meetup_id`) REFERENCES `meetups`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `meetup_rsvps_listed` ON `meetup_rsvps` (`meetup_id`,`status`,`seated`,`place`,`user_id`);--> statement-breakpoint
CREATE INDEX `meetup_rsvps_by_user` ON `meetup_rsvps` (`user_id`,`ended_at`);--> statement-breakpoint
CREATE INDEX `meetup_rsvps_counted` ON `meetup_rsvps` (`user_id`,`ended_at`) WHERE outcome IN ('attended', 'missed');--> statement-breakpoint
CREATE INDEX `meetup_rsvps_untold` ON `meetup_rsvps` (`meetup_id`) WHERE untold = 1;--> statement-breakpoint
CREATE TABLE `meetup_series` (
	`id` text PRIMARY KEY NOT NULL,
	`channel_id` text NOT NULL,
	`host_id` text,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`location` text,
	`starts_on` text NOT NULL,
	`starts_time` text NOT NULL,
	`timezone` text NOT NULL,
	`duration_minutes` integer NOT NULL,
	`capacity` integer,
	`sequence` integer DEFAULT 0 NOT NULL,
	`change_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`repeat` text NOT NULL,
	`first_on` text NOT NULL,
	`planned_through` text NOT NULL,
	`next_on` text,
	`cancelled_at` integer,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`host_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `meetup_series_to_plan` ON `meetup_series` (`planned_through`) WHERE next_on IS NOT NULL;--> statement-breakpoint
CREATE INDEX `meetup_series_in_channel` ON `meetup_series` (`channel_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `meetup_series_by_host` ON `meetup_series` (`host_id`);--> statement-breakpoint
CREATE TABLE `meetups` (
	`id` text PRIMARY KEY NOT NULL,
	`channel_id` text NOT NULL,
	`host_id` text,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`location` text,
	`starts_on` text NOT NULL,
	`starts_time` text NOT NULL,
	`timezone` text NOT NULL,
	`duration_minutes` integer NOT NULL,
	`capacity` integer,
	`sequence` integer DEFAULT 0 NOT NULL,
	`change_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`series_id` text,
	`occurs_on` text NOT NULL,
	`is_changed` integer DEFAULT false NOT NULL,
	`starts_at` integer NOT NULL,
	`ends_at` integer NOT NULL,
	`state` text DEFAULT 'scheduled' NOT NULL,
	`going_count` integer DEFAULT 0 NOT NULL,
	`is_watched` integer DEFAULT false NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`host_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`series_id`) REFERENCES `meetup_series`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `meetups_open` ON `meetups` (`channel_id`,`starts_at`,`id`) WHERE state IN ('scheduled', 'active');--> statement-breakpoint
CREATE INDEX `meetups_over` ON `meetups` (`channel_id`,`starts_at`,`id`) WHERE state IN ('completed', 'cancelled');--> statement-breakpoint
CREATE INDEX `meetups_to_start` ON `meetups` (`starts_at`) WHERE state = 'scheduled';--> statement-breakpoint
CREATE INDEX `meetups_to_end` ON `meetups` (`ends_at`) WHERE state IN ('scheduled', 'active');--> statement-breakpoint
CREATE INDEX `meetups_to_watch` ON `meetups` (`id`) WHERE state = 'active' AND is_watched = 0 AND location IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `meetups_once` ON `meetups` (`series_id`,`occurs_on`) WHERE series_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `meetups_by_host` ON `meetups` (`host_id`);