CREATE TABLE `ended_channels` (
	`channel_id` text PRIMARY KEY NOT NULL,
	`due_at` integer NOT NULL,
	`is_late` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `ended_channels_due` ON `ended_channels` (`is_late`,`due_at`);--> statement-breakpoint
CREATE TABLE `note_use` (
	`user_id` text PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `todos_done` ON `todos` (`completed_at`) WHERE completed_at IS NOT NULL;