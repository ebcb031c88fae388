-- A slug is never given to a second project, also after the first one was deleted: gateways and links go on asking for it.
-- Where that happened already, the deleted project gets a slug that nobody can ask for, because slugs hold no `_`.
UPDATE projects SET slug = slug || '_' || id WHERE deleted_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM projects other
    WHERE other.slug = projects.slug AND other.id <> projects.id AND (other.deleted_at IS NULL OR other.id > projects.id)
);
DROP INDEX projects_living_slug;
CREATE UNIQUE INDEX projects_slug ON projects (slug);

-- `former_names` on its own row: what a living environment was called before, while no other took that name, separated by
-- blanks. The verifier reads all that an environment answers to in one row. The table `former_names` says the same.
ALTER TABLE environments ADD COLUMN former_names TEXT NOT NULL DEFAULT '';
UPDATE environments SET former_names = coalesce(
    (SELECT group_concat(name, ' ') FROM former_names WHERE environment_id = environments.id), '') WHERE deleted_at IS NULL;

-- Whether the address `/v1/verify/{project}/*` means this environment, too.
ALTER TABLE environments ADD COLUMN answers_all BOOLEAN NOT NULL DEFAULT FALSE;

-- From now on `former_names` also remembers who had the names of deleted environments: whether the last one was protected
-- decides who may use its name again. What a deleted environment was called before stands in the activity only.
INSERT INTO former_names (project_id, name, environment_id)
    SELECT project_id, name, id FROM (
        SELECT project_id, name, id, row_number() OVER (PARTITION BY project_id, name ORDER BY given_up DESC, id DESC) AS nth FROM (
            SELECT project_id, name, id, deleted_at AS given_up FROM environments WHERE deleted_at IS NOT NULL
            UNION ALL
            SELECT gone.project_id, substr(activity.detail, 8), gone.id, activity.at
                FROM activity JOIN environments gone ON gone.project_id = activity.project_id AND gone.id = activity.subject_id
                WHERE gone.deleted_at IS NOT NULL AND activity.action = 'environment.renamed' AND activity.detail LIKE 'it was %'
        ) AS held
        WHERE NOT EXISTS (SELECT 1 FROM environments now WHERE now.project_id = held.project_id AND now.name = held.name AND now.deleted_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM former_names kept WHERE kept.project_id = held.project_id AND kept.name = held.name)
    ) AS latest
    WHERE nth = 1;

-- Who asked the verifier, for which address (`{project}/{environment}`), and when last. Counted by all replicas in one table.
-- It refers to nothing: what was asked for need not exist.
CREATE TABLE gateways_seen (
    peer                  TEXT NOT NULL,
    asked                 TEXT NOT NULL,
    environment_id        TEXT,
    trusted               BOOLEAN NOT NULL,
    original_at           TIMESTAMP,
    untrusted_original_at TIMESTAMP,
    last_at               TIMESTAMP NOT NULL,
    PRIMARY KEY (peer, asked)
) WITHOUT ROWID;
CREATE INDEX gateways_seen_by_asked ON gateways_seen (asked);
CREATE INDEX gateways_seen_by_environment ON gateways_seen (environment_id);
CREATE INDEX gateways_seen_by_age ON gateways_seen (last_at);
