-- How many said going, and who of them has a seat, follows the answers, whoever writes or deletes them. A seat that comes
-- free goes to the first who waits, in the same batch.
CREATE TRIGGER meetup_rsvps_count_insert AFTER INSERT ON meetup_rsvps WHEN NEW.status = 'going'
BEGIN
  UPDATE meetups SET going_count = going_count + 1 WHERE id = NEW.meetup_id;
END;
--> statement-breakpoint
CREATE TRIGGER meetup_rsvps_count_update AFTER UPDATE OF status ON meetup_rsvps WHEN (OLD.status = 'going') <> (NEW.status = 'going')
BEGIN
  UPDATE meetups SET going_count = going_count + (NEW.status = 'going') - (OLD.status = 'going') WHERE id = NEW.meetup_id;
END;
--> statement-breakpoint
CREATE TRIGGER meetup_rsvps_count_delete AFTER DELETE ON meetup_rsvps WHEN OLD.status = 'going'
BEGIN
  UPDATE meetups SET going_count = going_count - 1 WHERE id = OLD.meetup_id;
END;
--> statement-breakpoint
-- Seats go by place.
CREATE TRIGGER meetups_seats AFTER UPDATE OF going_count, capacity ON meetups
WHEN NEW.state IN ('scheduled', 'active') AND OLD.capacity IS NOT NULL
  AND (NEW.going_count < OLD.going_count OR NEW.capacity IS NULL OR NEW.capacity > OLD.capacity)
BEGIN
  UPDATE meetup_rsvps SET seated = 1, untold = 1 WHERE rowid IN (
    SELECT rowid FROM meetup_rsvps WHERE meetup_id = NEW.id AND status = 'going' AND seated = 0 ORDER BY place
    LIMIT coalesce(max(0, NEW.capacity - (
      SELECT count(*) FROM meetup_rsvps WHERE meetup_id = NEW.id AND status = 'going' AND seated = 1)), -1));
END;
--> statement-breakpoint
-- Who is no longer a member has no seat in what is ahead.
CREATE TRIGGER memberships_meetups AFTER UPDATE OF state ON memberships WHEN OLD.state = 'active' AND NEW.state <> 'active'
BEGIN
  DELETE FROM meetup_rsvps WHERE user_id = NEW.user_id AND ended_at IS NULL AND meetup_id IN (
    SELECT m.id FROM meetups m WHERE m.channel_id = NEW.channel_id AND m.state IN ('scheduled', 'active'));
END;
--> statement-breakpoint
-- What is deleted meets no more.
CREATE TRIGGER channels_meetups AFTER UPDATE OF deleted_at ON channels WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
BEGIN
  UPDATE meetups SET state = 'cancelled', sequence = sequence + 1, version = version + 1, updated_at = NEW.deleted_at
  WHERE channel_id = NEW.id AND state IN ('scheduled', 'active');
  UPDATE meetup_series SET next_on = NULL, cancelled_at = NEW.deleted_at WHERE channel_id = NEW.id AND next_on IS NOT NULL;
END;
