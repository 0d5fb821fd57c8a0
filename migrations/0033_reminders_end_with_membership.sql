-- Who is no longer a member is reminded of nothing there.
CREATE TRIGGER memberships_reminders AFTER UPDATE OF state ON memberships WHEN OLD.state = 'active' AND NEW.state <> 'active'
BEGIN
  DELETE FROM reminders WHERE user_id = NEW.user_id AND channel_id = NEW.channel_id;
END;
