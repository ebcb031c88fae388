-- Counts the changes of a password. A session that began before the last one is none, even if it was
-- written a moment after all others were ended.
ALTER TABLE users ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;

-- What a session is called where it is listed and in the activity, and where it began. Those that began
-- before this was noted end: their people sign in once more.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN address TEXT;

-- The secret of the authenticator app has to be readable: today's code is computed from it (RFC 6238).
-- `last_step` is the half minute of the last code that was used: none is good twice.
CREATE TABLE two_step (
    user_id   TEXT PRIMARY KEY NOT NULL REFERENCES users (id),
    secret    BLOB NOT NULL,
    last_step BIGINT NOT NULL,
    since     TIMESTAMP NOT NULL
);

-- Codes that are left, hashed like passwords. A used one is gone.
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES two_step (user_id) ON DELETE CASCADE,
    hash    TEXT NOT NULL,
    PRIMARY KEY (user_id, hash)
);
