-- Who runs the instance, and accounts that ended. Of a deleted account the row stays, without name,
-- e-mail address and password: keys and the activity name who made them by id.
ALTER TABLE users ADD COLUMN administrator BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN disabled_at TIMESTAMP;
ALTER TABLE users ADD COLUMN deleted_at TIMESTAMP;

-- Whoever made the first account runs the instance.
UPDATE users SET administrator = TRUE
 WHERE id = (SELECT id FROM users ORDER BY created_at, id LIMIT 1);
