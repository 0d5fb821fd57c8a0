-- The body of a note stands last in its row again: whatever stands behind it is read only by way of it.
ALTER TABLE notes RENAME COLUMN body TO body_before;
--> statement-breakpoint
ALTER TABLE notes ADD COLUMN body text NOT NULL DEFAULT '';
--> statement-breakpoint
UPDATE notes SET body = body_before;
--> statement-breakpoint
ALTER TABLE notes DROP COLUMN body_before;
--> statement-breakpoint
UPDATE notes SET subject_name = (SELECT name FROM subjects WHERE id = subject_id) WHERE subject_id IS NOT NULL;
--> statement-breakpoint
UPDATE materials SET subject_name = (SELECT name FROM subjects WHERE id = subject_id) WHERE subject_id IS NOT NULL;
--> statement-breakpoint
UPDATE materials SET (filename, content_type, size) = (SELECT filename, content_type, size FROM uploads WHERE id = upload_id)
WHERE upload_id IS NOT NULL;
--> statement-breakpoint
-- Files go with what uses them, whoever deletes that: uploads give their bytes away by a trigger of their own.
CREATE TRIGGER notes_files_gone AFTER DELETE ON notes
BEGIN
  DELETE FROM uploads WHERE used_kind = 'note' AND used_id = OLD.id;
END;
--> statement-breakpoint
CREATE TRIGGER materials_files_gone AFTER DELETE ON materials
BEGIN
  DELETE FROM uploads WHERE used_kind = 'material' AND used_id = OLD.id;
END;
