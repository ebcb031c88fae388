-- From `expires_at` on a key is refused. `expired_at` is when that was noticed: a clock that jumps back does
-- not revive it. `overlap_until` is there while the value before the last rotation works, too.
ALTER TABLE api_keys ADD COLUMN expires_at TIMESTAMP;
ALTER TABLE api_keys ADD COLUMN expired_at TIMESTAMP;
ALTER TABLE api_keys ADD COLUMN paused_at TIMESTAMP;
ALTER TABLE api_keys ADD COLUMN overlap_until TIMESTAMP;
ALTER TABLE api_keys ADD COLUMN note TEXT NOT NULL DEFAULT '';
CREATE INDEX api_keys_by_expiry ON api_keys (environment_id, kind, expires_at) WHERE deleted_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX api_keys_paused ON api_keys (environment_id, kind, paused_at) WHERE deleted_at IS NULL AND paused_at IS NOT NULL;
CREATE INDEX api_keys_deleted ON api_keys (environment_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
-- What there is to do once a minute is found without looking at every key.
CREATE INDEX api_keys_to_expire ON api_keys (expires_at) WHERE expires_at IS NOT NULL AND expired_at IS NULL;
CREATE INDEX api_keys_to_forget ON api_keys (deleted_at) WHERE deleted_at IS NOT NULL AND mask <> '';

-- The longest life of new secret keys, in days; none: no limit.
ALTER TABLE projects ADD COLUMN secret_key_days INTEGER;

-- Values that a rotation replaced. They stay as tombstones, like deleted keys; `ended_at` is when the end of
-- the overlap was noticed, or somebody ended it.
CREATE TABLE rotated_secrets (
    digest      BYTEA PRIMARY KEY NOT NULL,
    key_id      TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    mask        TEXT NOT NULL,
    form_token  TEXT NOT NULL UNIQUE,
    rotated_at  TIMESTAMP NOT NULL,
    valid_until TIMESTAMP NOT NULL,
    ended_at    TIMESTAMP
);
CREATE INDEX rotated_secrets_of_key ON rotated_secrets (key_id);
CREATE INDEX rotated_secrets_to_end ON rotated_secrets (valid_until) WHERE ended_at IS NULL;

-- What a living key is found by besides its name, mask and id: its note from the beginning of each word on, and
-- its former mask during an overlap.
CREATE TABLE key_terms (
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    term           TEXT COLLATE "C" NOT NULL,
    key_id         TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    PRIMARY KEY (environment_id, term, key_id)
);
CREATE INDEX key_terms_of_key ON key_terms (key_id);
