-- A row is a link: a new one for the same person ends the one before. Only the hash of its token is kept.
-- Rows stay when they end, so that a link that works no more can say why. `project_id` refers to
-- nothing for the same reason: a link may outlive its project. Nobody in `created_by` is the command line.

CREATE TABLE invitations (
    id           TEXT PRIMARY KEY NOT NULL,
    digest       BYTEA NOT NULL UNIQUE,
    project_id   TEXT NOT NULL,
    project      TEXT NOT NULL,
    email        TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
    created_at   TIMESTAMP NOT NULL,
    created_by   TEXT REFERENCES users (id),
    expires_at   TIMESTAMP NOT NULL,
    mail         TEXT NOT NULL CHECK (mail IN ('none', 'unsent', 'sent')),
    ended        TEXT CHECK (ended IN ('used', 'replaced', 'cancelled')),
    ended_at     TIMESTAMP,
    ended_by     TEXT REFERENCES users (id)
);
CREATE UNIQUE INDEX invitations_pending ON invitations (project_id, email_folded) WHERE ended IS NULL;
