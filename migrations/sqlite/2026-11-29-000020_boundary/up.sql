-- A key is good for one environment of one project, and a digest belongs to a project: an import is not
-- refused because another project has the same key, which would tell of it.

-- What this database promises to the processes that use it. A later Keyrack that refuses more, or revokes in
-- a new way, raises the number; a process that does not know the number answers 503 and writes nothing.
CREATE TABLE contract (
    id     INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    number INTEGER NOT NULL
);
INSERT INTO contract (id, number) VALUES (1, 1);

-- SQLite takes a UNIQUE off a column only by making the table anew. References are checked at the end. What
-- refers to keys goes first: dropping a table deletes its rows, and what belongs to them.
PRAGMA defer_foreign_keys = ON;
DROP TRIGGER verifiable_keys_gone;
DROP TRIGGER verifiable_keys_changed;
DROP TRIGGER verifiable_keys_new;
DROP VIEW keys_to_verify;
DROP TABLE verifiable_keys;
CREATE TABLE migration_rotated AS SELECT * FROM rotated_secrets;
CREATE TABLE migration_terms AS SELECT * FROM key_terms;
CREATE TABLE migration_keys AS SELECT * FROM api_keys;
DROP TABLE key_terms;
DROP TABLE rotated_secrets;
DROP TABLE api_keys;

CREATE TABLE api_keys (
    id                 TEXT PRIMARY KEY NOT NULL,
    environment_id     TEXT NOT NULL REFERENCES environments (id),
    project_id         TEXT NOT NULL,
    kind               TEXT NOT NULL CHECK (kind IN ('publishable', 'secret')),
    name               TEXT NOT NULL,
    name_folded        TEXT NOT NULL,
    mask               TEXT NOT NULL,
    digest             BLOB NOT NULL,
    form_token         TEXT UNIQUE,
    created_at         TIMESTAMP NOT NULL,
    created_by         TEXT REFERENCES users (id),
    deleted_at         TIMESTAMP,
    deleted_by         TEXT REFERENCES users (id),
    scopes             TEXT,
    address_ranges     TEXT,
    seen_in_browser_at TIMESTAMP,
    rate_limit         INTEGER,
    rate_burst         INTEGER,
    expires_at         TIMESTAMP,
    expired_at         TIMESTAMP,
    paused_at          TIMESTAMP,
    overlap_until      TIMESTAMP,
    note               TEXT NOT NULL DEFAULT '',
    leaked_at          TIMESTAMP,
    former_leaked_at   TIMESTAMP,
    expiry_told        INTEGER
);
INSERT INTO api_keys (id, environment_id, project_id, kind, name, name_folded, mask, digest, form_token, created_at,
        created_by, deleted_at, deleted_by, scopes, address_ranges, seen_in_browser_at, rate_limit, rate_burst,
        expires_at, expired_at, paused_at, overlap_until, note, leaked_at, former_leaked_at, expiry_told)
    SELECT k.id, k.environment_id, e.project_id, k.kind, k.name, k.name_folded, k.mask, k.digest, k.form_token,
        k.created_at, k.created_by, k.deleted_at, k.deleted_by, k.scopes, k.address_ranges, k.seen_in_browser_at,
        k.rate_limit, k.rate_burst, k.expires_at, k.expired_at, k.paused_at, k.overlap_until, k.note, k.leaked_at,
        k.former_leaked_at, k.expiry_told
    FROM migration_keys k JOIN environments e ON e.id = k.environment_id
    ORDER BY k.rowid;
DROP TABLE migration_keys;
CREATE UNIQUE INDEX api_keys_digest ON api_keys (digest, project_id);
CREATE UNIQUE INDEX api_keys_living_name ON api_keys (environment_id, kind, name_folded) WHERE deleted_at IS NULL;
CREATE INDEX api_keys_newest ON api_keys (environment_id, kind, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX api_keys_by_mask ON api_keys (environment_id, mask) WHERE deleted_at IS NULL;
CREATE INDEX api_keys_deleted ON api_keys (environment_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX api_keys_to_expire ON api_keys (expires_at) WHERE expires_at IS NOT NULL AND expired_at IS NULL;
CREATE INDEX api_keys_to_forget ON api_keys (deleted_at) WHERE deleted_at IS NOT NULL AND mask <> '';
CREATE INDEX api_keys_by_expiry ON api_keys (environment_id, kind, expires_at, expired_at)
    WHERE deleted_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX api_keys_paused ON api_keys (environment_id, kind, paused_at, expires_at, expired_at)
    WHERE deleted_at IS NULL AND paused_at IS NOT NULL;
CREATE INDEX api_keys_leaked ON api_keys (environment_id, kind)
    WHERE deleted_at IS NULL AND (leaked_at IS NOT NULL OR former_leaked_at IS NOT NULL);

CREATE TABLE rotated_secrets (
    digest      BLOB NOT NULL,
    project_id  TEXT NOT NULL,
    key_id      TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    mask        TEXT NOT NULL,
    form_token  TEXT NOT NULL UNIQUE,
    rotated_at  TIMESTAMP NOT NULL,
    valid_until TIMESTAMP NOT NULL,
    ended_at    TIMESTAMP,
    PRIMARY KEY (digest, project_id)
);
INSERT INTO rotated_secrets (digest, project_id, key_id, mask, form_token, rotated_at, valid_until, ended_at)
    SELECT r.digest, k.project_id, r.key_id, r.mask, r.form_token, r.rotated_at, r.valid_until, r.ended_at
    FROM migration_rotated r JOIN api_keys k ON k.id = r.key_id;
DROP TABLE migration_rotated;
CREATE INDEX rotated_secrets_of_key ON rotated_secrets (key_id);
CREATE INDEX rotated_secrets_to_end ON rotated_secrets (valid_until) WHERE ended_at IS NULL;

CREATE TABLE key_terms (
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    term           TEXT NOT NULL,
    key_id         TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    PRIMARY KEY (environment_id, term, key_id)
);
INSERT INTO key_terms SELECT * FROM migration_terms;
DROP TABLE migration_terms;
CREATE INDEX key_terms_of_key ON key_terms (key_id);

-- As before: how many living keys there are (000013).
CREATE TRIGGER api_keys_count_new AFTER INSERT ON api_keys BEGIN
    INSERT INTO key_counts (environment_id, kind, living) VALUES (NEW.environment_id, NEW.kind, NEW.deleted_at IS NULL)
        ON CONFLICT (environment_id, kind) DO UPDATE SET living = living + excluded.living;
END;
CREATE TRIGGER api_keys_count_deleted AFTER UPDATE OF deleted_at ON api_keys BEGIN
    UPDATE key_counts SET living = living + (NEW.deleted_at IS NULL) - (OLD.deleted_at IS NULL)
        WHERE environment_id = NEW.environment_id AND kind = NEW.kind;
END;
CREATE TRIGGER api_keys_count_gone AFTER DELETE ON api_keys BEGIN
    UPDATE key_counts SET living = living - (OLD.deleted_at IS NULL)
        WHERE environment_id = OLD.environment_id AND kind = OLD.kind;
END;

-- What the verifier reads, in the order of the digests (000017), now with the project. It has another name, so
-- that a former Keyrack, which does not know for which API a key is good, finds nothing to answer from.
CREATE TABLE verification_keys (
    number             INTEGER PRIMARY KEY NOT NULL,
    digest             BLOB NOT NULL,
    key_id             TEXT NOT NULL,
    environment_id     TEXT NOT NULL,
    project_id         TEXT NOT NULL,
    kind               TEXT NOT NULL,
    name               TEXT NOT NULL,
    deleted_at         TIMESTAMP,
    rate_limit         INTEGER,
    rate_burst         INTEGER,
    scopes             TEXT,
    address_ranges     TEXT,
    seen_in_browser_at TIMESTAMP,
    expires_at         TIMESTAMP,
    expired_at         TIMESTAMP,
    paused_at          TIMESTAMP,
    overlap_until      TIMESTAMP
);
CREATE VIEW keys_for_verification AS
    SELECT ('0x' || hex(substr(digest, 1, 7))) ->> '$' AS number, digest, id AS key_id, environment_id, project_id, kind,
        name, deleted_at, rate_limit, rate_burst, scopes, address_ranges, seen_in_browser_at, expires_at, expired_at,
        paused_at, overlap_until
    FROM api_keys;
INSERT INTO verification_keys SELECT * FROM keys_for_verification WHERE TRUE ORDER BY digest
    ON CONFLICT (number) DO NOTHING;

-- (One that takes the place of another, as INSERT OR REPLACE lets it, is not told of as deleted.)
CREATE TRIGGER verification_keys_new AFTER INSERT ON api_keys BEGIN
    DELETE FROM verification_keys WHERE number = ('0x' || hex(substr(NEW.digest, 1, 7))) ->> '$'
        AND digest = NEW.digest AND project_id = NEW.project_id;
    INSERT INTO verification_keys SELECT * FROM keys_for_verification WHERE key_id = NEW.id
        ON CONFLICT (number) DO NOTHING;
END;
CREATE TRIGGER verification_keys_changed AFTER UPDATE OF digest, id, environment_id, project_id, kind, name, deleted_at,
        rate_limit, rate_burst, scopes, address_ranges, seen_in_browser_at, expires_at, expired_at, paused_at,
        overlap_until ON api_keys BEGIN
    DELETE FROM verification_keys WHERE number = ('0x' || hex(substr(OLD.digest, 1, 7))) ->> '$' AND key_id = OLD.id;
    INSERT INTO verification_keys SELECT * FROM keys_for_verification WHERE key_id = NEW.id
        ON CONFLICT (number) DO NOTHING;
END;
CREATE TRIGGER verification_keys_gone AFTER DELETE ON api_keys BEGIN
    DELETE FROM verification_keys WHERE number = ('0x' || hex(substr(OLD.digest, 1, 7))) ->> '$' AND key_id = OLD.id;
END;

-- Why calls were refused, by hour (its beginning, UTC). Kept as long as the hours are.
CREATE TABLE usage_refusals (
    key_id TEXT NOT NULL,
    hour   TIMESTAMP NOT NULL,
    reason TEXT NOT NULL,
    calls  BIGINT NOT NULL,
    PRIMARY KEY (key_id, hour, reason)
) WITHOUT ROWID;
CREATE INDEX usage_refusals_by_age ON usage_refusals (hour);

-- A gateway may go on asking for an environment that is deleted: its keys are told that they are.
CREATE INDEX environments_by_name ON environments (project_id, name);
