-- The audit log. Names are kept as they were at the time; nothing here is ever changed.
-- No `actor_id` means the command line, no `project_id` something outside all projects.

CREATE TABLE activity (
    id             TEXT PRIMARY KEY NOT NULL,
    project_id     TEXT REFERENCES projects (id),
    at             TIMESTAMP NOT NULL,
    action         TEXT NOT NULL,
    subject_kind   TEXT NOT NULL,
    subject_id     TEXT NOT NULL,
    subject        TEXT NOT NULL,
    subject_folded TEXT NOT NULL,
    mask           TEXT NOT NULL,
    detail         TEXT NOT NULL,
    environment_id TEXT REFERENCES environments (id),
    environment    TEXT NOT NULL,
    actor_id       TEXT REFERENCES users (id),
    actor          TEXT NOT NULL,
    address        TEXT,
    session        TEXT
);
-- Each filter of the page has an index that is read newest first, so that a page stays quick.
CREATE INDEX activity_of_project ON activity (project_id, id);
CREATE INDEX activity_of_actor ON activity (project_id, actor_id, id);
CREATE INDEX activity_of_kind ON activity (project_id, subject_kind, id);
CREATE INDEX activity_of_environment ON activity (project_id, environment_id, id);
CREATE INDEX activity_of_subject ON activity (project_id, subject_id, id);
CREATE INDEX activity_by_name ON activity (project_id, subject_folded);
CREATE INDEX activity_by_mask ON activity (project_id, mask);
