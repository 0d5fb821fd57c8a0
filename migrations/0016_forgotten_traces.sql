CREATE INDEX `known_addresses_by_use` ON `known_addresses` (`last_used_at`);--> statement-breakpoint
CREATE INDEX `sessions_by_end` ON `sessions` (`ends_at`);