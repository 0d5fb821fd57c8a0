-- Notes by searchTerms() of title and body, and by who may be shown them: scope holds the term of the author, of the room
-- while its members may read the note, of the subject, and `public` where everybody may. rowid is notes.num.
CREATE VIRTUAL TABLE note_search USING fts5(
  terms, scope, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
--> statement-breakpoint
-- What belongs to a note goes with it, whoever deletes it.
CREATE TRIGGER notes_gone BEFORE DELETE ON notes
BEGIN
  DELETE FROM note_search WHERE rowid = OLD.num;
  DELETE FROM note_revisions WHERE note_id = OLD.id;
  DELETE FROM note_reads WHERE note_id = OLD.id;
END;
--> statement-breakpoint
-- Counted once: note_reads has one row a person, kind and day.
CREATE TRIGGER note_reads_count AFTER INSERT ON note_reads
BEGIN
  UPDATE notes SET view_count = view_count + (NEW.kind = 'view'), download_count = download_count + (NEW.kind = 'download')
  WHERE id = NEW.note_id;
END;
--> statement-breakpoint
CREATE TRIGGER materials_gone BEFORE DELETE ON materials
BEGIN
  DELETE FROM material_shares WHERE material_id = OLD.id;
  DELETE FROM material_downloads WHERE material_id = OLD.id;
END;
--> statement-breakpoint
CREATE TRIGGER materials_subject AFTER UPDATE OF subject_id ON materials WHEN NEW.subject_id IS NOT OLD.subject_id
BEGIN
  UPDATE material_shares SET subject_id = NEW.subject_id WHERE material_id = NEW.id;
END;
--> statement-breakpoint
CREATE TRIGGER material_downloads_count AFTER INSERT ON material_downloads
BEGIN
  UPDATE materials SET download_count = download_count + 1 WHERE id = NEW.material_id;
END;
--> statement-breakpoint
-- Who is no longer a member has nothing to do in a room.
CREATE TRIGGER memberships_unassign AFTER UPDATE OF state ON memberships WHEN OLD.state = 'active' AND NEW.state <> 'active'
BEGIN
  UPDATE todos SET assignee_id = NULL, version = version + 1, updated_at = NEW.updated_at
  WHERE assignee_id = NEW.user_id AND room_id = NEW.channel_id;
END;
