-- A deleted project or environment stays as a tombstone: keys and activity refer to it. Slugs and names are
-- unique among the living only.
ALTER TABLE projects
    DROP CONSTRAINT projects_slug_key,
    ADD COLUMN deleted_at TIMESTAMP,
    ADD COLUMN deleted_by TEXT REFERENCES users (id);
CREATE UNIQUE INDEX projects_living_slug ON projects (slug) WHERE deleted_at IS NULL;

ALTER TABLE environments
    DROP CONSTRAINT environments_project_id_name_key,
    ADD COLUMN deleted_at TIMESTAMP,
    ADD COLUMN deleted_by TEXT REFERENCES users (id);
CREATE UNIQUE INDEX environments_living_name ON environments (project_id, name) WHERE deleted_at IS NULL;

-- What environments were called before: old links lead to the environment until another one takes the name.
CREATE TABLE former_names (
    project_id     TEXT NOT NULL REFERENCES projects (id),
    name           TEXT NOT NULL,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    PRIMARY KEY (project_id, name)
);
