CREATE TABLE policies_old (
    environment_id TEXT PRIMARY KEY NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    version        BIGINT NOT NULL,
    settings       TEXT NOT NULL
);
INSERT INTO policies_old SELECT environment_id, 1, settings FROM policies;
DROP TABLE policies;
ALTER TABLE policies_old RENAME TO policies;
