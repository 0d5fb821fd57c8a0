-- Each person's days lie together from now on. Written by hand: nothing refers to the table, so no row goes with the old one.
CREATE TABLE `study_days_by_person` (
	`user_id` text NOT NULL,
	`studied_on` text NOT NULL,
	`seconds` integer NOT NULL,
	`manual_seconds` integer NOT NULL,
	PRIMARY KEY(`user_id`, `studied_on`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `study_days_by_person` (`user_id`, `studied_on`, `seconds`, `manual_seconds`)
SELECT `user_id`, `studied_on`, `seconds`, `manual_seconds` FROM `study_days`;
--> statement-breakpoint
DROP TABLE `study_days`;
--> statement-breakpoint
ALTER TABLE `study_days_by_person` RENAME TO `study_days`;
--> statement-breakpoint
CREATE INDEX `user_settings_on_boards` ON `user_settings` (`user_id`) WHERE may_see_study_stats = 'everyone' AND on_boards = 1;
