CREATE TABLE `pomodoros` (
	`user_id` text NOT NULL,
	`ended_at` integer NOT NULL,
	`channel_id` text NOT NULL,
	`run` integer NOT NULL,
	`phase` integer NOT NULL,
	`work_minutes` integer NOT NULL,
	`started_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `ended_at`, `channel_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`channel_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action
);
