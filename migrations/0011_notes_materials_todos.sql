CREATE TABLE `material_downloads` (
	`material_id` text NOT NULL,
	`user_id` text NOT NULL,
	`day` integer NOT NULL,
	PRIMARY KEY(`material_id`, `user_id`, `day`),
	FOREIGN KEY (`material_id`) REFERENCES `materials`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `material_downloads_user` ON `material_downloads` (`user_id`);--> statement-breakpoint
CREATE INDEX `material_downloads_day` ON `material_downloads` (`day`);--> statement-breakpoint
CREATE TABLE `material_shares` (
	`material_id` text NOT NULL,
	`user_id` text NOT NULL,
	`permission` text NOT NULL,
	`subject_id` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`material_id`, `user_id`),
	FOREIGN KEY (`material_id`) REFERENCES `materials`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `material_shares_newest` ON `material_shares` (`user_id`,`created_at`,`material_id`);--> statement-breakpoint
CREATE INDEX `material_shares_subject` ON `material_shares` (`user_id`,`subject_id`,`created_at`,`material_id`);--> statement-breakpoint
CREATE TABLE `materials` (
	`num` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`owner_id` text NOT NULL,
	`room_id` text,
	`subject_id` text,
	`name` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`file_type` text NOT NULL,
	`upload_id` text,
	`url` text,
	`download_count` integer DEFAULT 0 NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`change_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`room_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`subject_id`) REFERENCES `subjects`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "materials_file_or_link" CHECK(("materials"."upload_id" IS NULL) <> ("materials"."url" IS NULL))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `materials_id` ON `materials` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `materials_upload` ON `materials` (`upload_id`);--> statement-breakpoint
CREATE INDEX `materials_owner` ON `materials` (`owner_id`);--> statement-breakpoint
CREATE INDEX `materials_room` ON `materials` (`room_id`,`num`) WHERE room_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `materials_room_subject` ON `materials` (`room_id`,`subject_id`,`num`) WHERE room_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `note_reads` (
	`note_id` text NOT NULL,
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`day` integer NOT NULL,
	PRIMARY KEY(`note_id`, `user_id`, `kind`, `day`),
	FOREIGN KEY (`note_id`) REFERENCES `notes`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `note_reads_user` ON `note_reads` (`user_id`);--> statement-breakpoint
CREATE INDEX `note_reads_day` ON `note_reads` (`day`);--> statement-breakpoint
CREATE TABLE `note_revisions` (
	`note_id` text NOT NULL,
	`n` integer NOT NULL,
	`author_id` text NOT NULL,
	`audience` text NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`note_id`, `n`),
	FOREIGN KEY (`note_id`) REFERENCES `notes`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `note_revisions_author` ON `note_revisions` (`author_id`);--> statement-breakpoint
CREATE TABLE `notes` (
	`num` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`author_id` text NOT NULL,
	`room_id` text,
	`subject_id` text,
	`visibility` text NOT NULL,
	`title` text NOT NULL,
	`excerpt` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`revision` integer DEFAULT 1 NOT NULL,
	`revised_by` text NOT NULL,
	`revised_at` integer NOT NULL,
	`view_count` integer DEFAULT 0 NOT NULL,
	`download_count` integer DEFAULT 0 NOT NULL,
	`change_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`body` text NOT NULL,
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`room_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`subject_id`) REFERENCES `subjects`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`revised_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "notes_room" CHECK("notes"."visibility" <> 'room' OR "notes"."room_id" IS NOT NULL)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `notes_id` ON `notes` (`id`);--> statement-breakpoint
CREATE INDEX `notes_public` ON `notes` (`num`) WHERE visibility = 'public';--> statement-breakpoint
CREATE INDEX `notes_public_read` ON `notes` (`view_count`,`num`) WHERE visibility = 'public';--> statement-breakpoint
CREATE INDEX `notes_subject` ON `notes` (`subject_id`,`num`) WHERE visibility = 'public';--> statement-breakpoint
CREATE INDEX `notes_subject_read` ON `notes` (`subject_id`,`view_count`,`num`) WHERE visibility = 'public';--> statement-breakpoint
CREATE INDEX `notes_room` ON `notes` (`room_id`,`num`) WHERE room_id IS NOT NULL AND visibility <> 'private';--> statement-breakpoint
CREATE INDEX `notes_room_read` ON `notes` (`room_id`,`view_count`,`num`) WHERE room_id IS NOT NULL AND visibility <> 'private';--> statement-breakpoint
CREATE INDEX `notes_author` ON `notes` (`author_id`,`num`);--> statement-breakpoint
CREATE INDEX `notes_author_read` ON `notes` (`author_id`,`view_count`,`num`);--> statement-breakpoint
CREATE TABLE `todos` (
	`id` text PRIMARY KEY NOT NULL,
	`author_id` text NOT NULL,
	`room_id` text,
	`list_id` text NOT NULL,
	`text` text NOT NULL,
	`assignee_id` text,
	`due_on` text,
	`due_at` integer,
	`repeat` text,
	`repeat_from` text,
	`repeat_began` text,
	`position` text NOT NULL,
	`completed_at` integer,
	`completed_by` text,
	`previous_id` text,
	`version` integer DEFAULT 1 NOT NULL,
	`change_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`author_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`room_id`) REFERENCES `channels`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`assignee_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`previous_id`) REFERENCES `todos`(`id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "todos_one_due" CHECK("todos"."due_on" IS NULL OR "todos"."due_at" IS NULL),
	CONSTRAINT "todos_assigned_in_rooms" CHECK("todos"."assignee_id" IS NULL OR "todos"."room_id" IS NOT NULL),
	CONSTRAINT "todos_list" CHECK("todos"."list_id" = coalesce("todos"."room_id", "todos"."author_id"))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `todos_open` ON `todos` (`list_id`,`position`) WHERE completed_at IS NULL;--> statement-breakpoint
CREATE INDEX `todos_completed` ON `todos` (`list_id`,`completed_at`,`id`) WHERE completed_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `todos_assigned` ON `todos` (`assignee_id`,`room_id`) WHERE assignee_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `todos_assigned_open` ON `todos` (`assignee_id`,`id`) WHERE assignee_id IS NOT NULL AND completed_at IS NULL;--> statement-breakpoint
CREATE INDEX `todos_by_author` ON `todos` (`author_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `todos_one_successor` ON `todos` (`previous_id`) WHERE previous_id IS NOT NULL;