-- Projects whose owners can no longer sign in, and which an administrator wants to give to one of their
-- members. Until due_at any member may stop it, by a link of which only the hash is stored.
CREATE TABLE hand_overs (
    project_id TEXT PRIMARY KEY NOT NULL REFERENCES projects (id),
    to_user    TEXT NOT NULL REFERENCES users (id),
    asked_by   TEXT NOT NULL REFERENCES users (id),
    asked_at   TIMESTAMP NOT NULL,
    due_at     TIMESTAMP NOT NULL,
    digest     BLOB NOT NULL UNIQUE
);
