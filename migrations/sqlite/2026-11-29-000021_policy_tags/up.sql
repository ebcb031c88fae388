-- Which text of a policy is meant: 128 random bits in hex, new with every edit. A number that counts up could come back with
-- another text after a restore, and a process that knows the former text would take it for the current one. Another name for
-- the column, because a former binary must not read it.
CREATE TABLE policies_new (
    environment_id TEXT PRIMARY KEY NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    tag            TEXT NOT NULL,
    settings       TEXT NOT NULL
);
INSERT INTO policies_new SELECT environment_id, lower(hex(randomblob(16))), settings FROM policies;
DROP TABLE policies;
ALTER TABLE policies_new RENAME TO policies;
