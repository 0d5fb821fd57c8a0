CREATE TABLE `online` (
	`user_id` text PRIMARY KEY NOT NULL,
	`until` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `online_until` ON `online` (`until`);--> statement-breakpoint
ALTER TABLE `channels` ADD `last_calls` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `channels` ADD `last_sender_id` text;--> statement-breakpoint
ALTER TABLE `channels` ADD `last_text` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `channels` ADD `live_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `channels` ADD `live_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `channels_live` ON `channels` (`live_at`) WHERE live_count > 0;