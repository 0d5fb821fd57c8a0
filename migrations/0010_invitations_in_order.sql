DROP INDEX `invitations_mine`;--> statement-breakpoint
CREATE INDEX `invitations_mine` ON `invitations` (`user_id`,`created_at`,`id`) WHERE state = 'open';