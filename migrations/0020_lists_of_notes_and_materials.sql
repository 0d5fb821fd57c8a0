DROP INDEX `notes_public_read`;--> statement-breakpoint
DROP INDEX `notes_subject_read`;--> statement-breakpoint
DROP INDEX `notes_room_read`;--> statement-breakpoint
DROP INDEX `notes_author_read`;--> statement-breakpoint
ALTER TABLE `notes` ADD `subject_name` text;--> statement-breakpoint
CREATE INDEX `notes_public_most_read` ON `notes` (`view_count`,`id`) WHERE visibility = 'public';--> statement-breakpoint
CREATE INDEX `notes_subject_most_read` ON `notes` (`subject_id`,`view_count`,`id`) WHERE visibility = 'public';--> statement-breakpoint
CREATE INDEX `notes_room_most_read` ON `notes` (`room_id`,`view_count`,`id`) WHERE room_id IS NOT NULL AND visibility <> 'private';--> statement-breakpoint
CREATE INDEX `notes_author_most_read` ON `notes` (`author_id`,`view_count`,`id`);--> statement-breakpoint
DROP INDEX `material_shares_newest`;--> statement-breakpoint
DROP INDEX `material_shares_subject`;--> statement-breakpoint
CREATE INDEX `material_shares_newest` ON `material_shares` (`user_id`,`created_at`,`material_id`,`permission`);--> statement-breakpoint
CREATE INDEX `material_shares_subject` ON `material_shares` (`user_id`,`subject_id`,`created_at`,`material_id`,`permission`);--> statement-breakpoint
ALTER TABLE `materials` ADD `subject_name` text;--> statement-breakpoint
ALTER TABLE `materials` ADD `filename` text;--> statement-breakpoint
ALTER TABLE `materials` ADD `content_type` text;--> statement-breakpoint
ALTER TABLE `materials` ADD `size` integer;