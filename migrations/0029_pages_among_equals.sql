DROP INDEX `channels_by_name`;--> statement-breakpoint
DROP INDEX `channels_by_members`;--> statement-breakpoint
CREATE INDEX `channels_by_name` ON `channels` (`kind`,name COLLATE NOCASE,`id`) WHERE visibility = 'public' AND deleted_at IS NULL AND is_active = 1;--> statement-breakpoint
CREATE INDEX `channels_by_members` ON `channels` (`kind`,`member_count`,`id`) WHERE visibility = 'public' AND deleted_at IS NULL AND is_active = 1;