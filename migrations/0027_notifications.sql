-- WITHOUT ROWID by hand: they are written often and found by their keys, and so cost one row less each.
CREATE TABLE `deliveries` (
	`user_id` text NOT NULL,
	`channel` text NOT NULL,
	`due_at` integer NOT NULL,
	`leased_until` integer DEFAULT 0 NOT NULL,
	`queued_until` integer DEFAULT 0 NOT NULL,
	`delivery_id` text,
	`tries` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`user_id`, `channel`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`due_at`);--> statement-breakpoint
CREATE TABLE `notification_log` (
	`user_id` text NOT NULL,
	`channel` text NOT NULL,
	`event_id` text NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`category` text NOT NULL,
	`created_at` integer NOT NULL,
	`due_at` integer,
	`delivery_id` text,
	`settled_at` integer,
	`read_at` integer,
	PRIMARY KEY(`user_id`, `channel`, `event_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `notification_log_by_event` ON `notification_log` (`event_id`);--> statement-breakpoint
CREATE INDEX `notification_log_unread` ON `notification_log` (`user_id`,`event_id`) WHERE channel = 'app' AND state <> 'dropped' AND read_at IS NULL;--> statement-breakpoint
CREATE INDEX `notification_log_held` ON `notification_log` (`user_id`,`channel`,`event_id`) WHERE state = 'held';--> statement-breakpoint
CREATE TABLE `notification_settings` (
	`user_id` text PRIMARY KEY NOT NULL,
	`preferences` text NOT NULL,
	`quiet_hours` text NOT NULL,
	`quiet_timezone` text,
	`quiet_while_studying` integer DEFAULT true NOT NULL,
	`digest_hour` integer DEFAULT 8 NOT NULL,
	`digest_weekday` integer DEFAULT 1 NOT NULL,
	`bounced_address` text,
	`bounced_at` integer,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `push_subscriptions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`endpoint` text NOT NULL,
	`p256dh` text NOT NULL,
	`auth` text NOT NULL,
	`device` text,
	`created_at` integer NOT NULL,
	`last_sent_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `push_subscriptions_endpoint` ON `push_subscriptions` (`endpoint`);--> statement-breakpoint
CREATE INDEX `push_subscriptions_by_user` ON `push_subscriptions` (`user_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`body` text NOT NULL,
	`attempts` integer NOT NULL,
	`failed_at` integer NOT NULL,
	`replayed_at` integer,
	`replayed_by` text
);
--> statement-breakpoint
CREATE INDEX `dead_letters_newest` ON `dead_letters` (`failed_at`,`id`);--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`actor_id` text,
	`channel_id` text,
	`subject_id` text,
	`audience` text NOT NULL,
	`recipients` text NOT NULL,
	`facts` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`withdrawn_at` integer,
	`cursor` text DEFAULT '' NOT NULL,
	`next_at` integer,
	`tries` integer DEFAULT 0 NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `outbox_open` ON `outbox` (`next_at`) WHERE next_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `outbox_by_subject` ON `outbox` (`subject_id`) WHERE subject_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `outbox_by_actor` ON `outbox` (`actor_id`) WHERE actor_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `reminders` (
	`subject_id` text NOT NULL,
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`type` text NOT NULL,
	`channel_id` text,
	`facts` text NOT NULL,
	`due_at` integer NOT NULL,
	`expires_at` integer,
	PRIMARY KEY(`subject_id`, `user_id`, `kind`)
);
--> statement-breakpoint
CREATE INDEX `reminders_due` ON `reminders` (`due_at`);--> statement-breakpoint
CREATE INDEX `reminders_by_user` ON `reminders` (`user_id`);