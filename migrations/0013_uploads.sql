CREATE TABLE `file_trash` (
	`file_key` text PRIMARY KEY NOT NULL,
	`due_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `file_trash_due` ON `file_trash` (`due_at`);--> statement-breakpoint
CREATE TABLE `storage_use` (
	`user_id` text PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`purpose` text NOT NULL,
	`filename` text NOT NULL,
	`content_type` text NOT NULL,
	`size` integer NOT NULL,
	`alt` text,
	`state` text DEFAULT 'pending' NOT NULL,
	`refusal` text,
	`file_key` text NOT NULL,
	`sha256` text,
	`width` integer,
	`height` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`started_at` integer,
	`uploaded_at` integer,
	`scanned_at` integer,
	`asked_at` integer,
	`scan_tries` integer DEFAULT 0 NOT NULL,
	`used_kind` text,
	`used_id` text,
	`used_key` text,
	`used_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uploads_file_key` ON `uploads` (`file_key`);--> statement-breakpoint
CREATE INDEX `uploads_by_user` ON `uploads` (`user_id`,`state`);--> statement-breakpoint
CREATE INDEX `uploads_used` ON `uploads` (`used_kind`,`used_id`) WHERE used_kind IS NOT NULL;--> statement-breakpoint
CREATE INDEX `uploads_unused` ON `uploads` (`created_at`) WHERE used_kind IS NULL;--> statement-breakpoint
CREATE INDEX `uploads_pending` ON `uploads` (`expires_at`) WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX `uploads_to_scan` ON `uploads` (`asked_at`) WHERE state IN ('uploaded', 'scanning');--> statement-breakpoint
CREATE INDEX `uploads_unscanned` ON `uploads` (`created_at`) WHERE state = 'clean' AND scanned_at IS NULL;--> statement-breakpoint
ALTER TABLE `channels` ADD `logo_key` text;--> statement-breakpoint
CREATE UNIQUE INDEX `users_avatar` ON `users` (`avatar_key`) WHERE avatar_key IS NOT NULL;