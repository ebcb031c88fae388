-- A deleted project or environment stays as a tombstone: keys and activity refer to it. Slugs and names are
-- unique among the living only, so the table-level UNIQUE goes, which SQLite can only do by making the tables
-- anew: while a table is away its children's references are checked at the end, when its rows are back.
PRAGMA defer_foreign_keys = ON;
-- Each row that goes and comes looks for its children.
CREATE INDEX migration_keys ON api_keys (environment_id);
CREATE INDEX migration_activity ON activity (environment_id);

CREATE TABLE migration_projects AS SELECT * FROM projects;
DROP TABLE projects;
CREATE TABLE projects (
    id          TEXT PRIMARY KEY NOT NULL,
    slug        TEXT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    deleted_at  TIMESTAMP,
    deleted_by  TEXT REFERENCES users (id)
);
INSERT INTO projects (id, slug, name, description, created_at)
    SELECT id, slug, name, description, created_at FROM migration_projects;
DROP TABLE migration_projects;
CREATE UNIQUE INDEX projects_living_slug ON projects (slug) WHERE deleted_at IS NULL;

CREATE TABLE migration_environments AS SELECT * FROM environments;
DROP TABLE environments;
CREATE TABLE environments (
    id         TEXT PRIMARY KEY NOT NULL,
    project_id TEXT NOT NULL REFERENCES projects (id),
    name       TEXT NOT NULL,
    protected  BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    deleted_by TEXT REFERENCES users (id)
);
INSERT INTO environments (id, project_id, name, protected, created_at)
    SELECT id, project_id, name, protected, created_at FROM migration_environments;
DROP TABLE migration_environments;
CREATE UNIQUE INDEX environments_living_name ON environments (project_id, name) WHERE deleted_at IS NULL;

DROP INDEX migration_keys;
DROP INDEX migration_activity;

-- What environments were called before: old links lead to the environment until another one takes the name.
CREATE TABLE former_names (
    project_id     TEXT NOT NULL REFERENCES projects (id),
    name           TEXT NOT NULL,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    PRIMARY KEY (project_id, name)
);
