-- Times are UTC. Texts that are compared without case have a `_folded` twin, computed in Rust,
-- so that both databases agree on what "the same" is.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
);

CREATE TABLE setup_tokens (
    digest     BLOB PRIMARY KEY NOT NULL,
    expires_at TIMESTAMP NOT NULL
);

CREATE TABLE users (
    id            TEXT PRIMARY KEY NOT NULL,
    email         TEXT NOT NULL,
    email_folded  TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    TIMESTAMP NOT NULL
);

CREATE TABLE sessions (
    digest       BLOB PRIMARY KEY NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state        TEXT NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_age ON sessions (created_at);

CREATE TABLE projects (
    id          TEXT PRIMARY KEY NOT NULL,
    slug        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at  TIMESTAMP NOT NULL
);

CREATE TABLE members (
    project_id TEXT NOT NULL REFERENCES projects (id),
    user_id    TEXT NOT NULL REFERENCES users (id),
    role       TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (project_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE environments (
    id         TEXT PRIMARY KEY NOT NULL,
    project_id TEXT NOT NULL REFERENCES projects (id),
    name       TEXT NOT NULL,
    protected  BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (project_id, name)
);

-- A deleted key stays as a tombstone: its digest tells TOKEN_REVOKED from an unknown key.
-- No `created_by` or `deleted_by` means the command line.
CREATE TABLE api_keys (
    id             TEXT PRIMARY KEY NOT NULL,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    kind           TEXT NOT NULL CHECK (kind IN ('publishable', 'secret')),
    name           TEXT NOT NULL,
    name_folded    TEXT NOT NULL,
    mask           TEXT NOT NULL,
    digest         BLOB NOT NULL UNIQUE,
    form_token     TEXT UNIQUE,
    created_at     TIMESTAMP NOT NULL,
    created_by     TEXT REFERENCES users (id),
    deleted_at     TIMESTAMP,
    deleted_by     TEXT REFERENCES users (id)
);
CREATE UNIQUE INDEX api_keys_living_name ON api_keys (environment_id, kind, name_folded) WHERE deleted_at IS NULL;
CREATE INDEX api_keys_newest ON api_keys (environment_id, kind, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX api_keys_by_mask ON api_keys (environment_id, mask) WHERE deleted_at IS NULL;
