-- When somebody reported the value of a key as leaked, and the same of the value before the last rotation, for
-- as long as that works. `expiry_told`: so many days before its end the project was told of it last.
ALTER TABLE api_keys ADD COLUMN leaked_at TIMESTAMP;
ALTER TABLE api_keys ADD COLUMN former_leaked_at TIMESTAMP;
ALTER TABLE api_keys ADD COLUMN expiry_told INTEGER;
CREATE INDEX api_keys_leaked ON api_keys (environment_id, kind) WHERE leaked_at IS NOT NULL;
CREATE INDEX api_keys_former_leaked ON api_keys (environment_id, kind) WHERE former_leaked_at IS NOT NULL;

-- Whether a secret key that is reported leaked is paused at once.
ALTER TABLE projects ADD COLUMN pause_leaked BOOLEAN NOT NULL DEFAULT TRUE;
