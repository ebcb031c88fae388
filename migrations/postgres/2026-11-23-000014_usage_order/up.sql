-- Keys are looked up by this in `api_keys`, whose index of ids has the collation of the database; with another the whole
-- table is read for each.
ALTER TABLE usage_latest ALTER COLUMN key_id TYPE TEXT COLLATE "default";

-- Whose key it is, so that an index has an environment's keys in the order in which they were called last. None: not
-- looked up yet. No references: counting never fails because a key went.
ALTER TABLE usage_latest ADD COLUMN environment_id TEXT COLLATE "C";
ALTER TABLE usage_latest ADD COLUMN kind TEXT COLLATE "C";
UPDATE usage_latest SET
    environment_id = coalesce((SELECT environment_id FROM api_keys WHERE id = key_id), ''),
    kind = coalesce((SELECT kind FROM api_keys WHERE id = key_id), '');
CREATE INDEX usage_latest_new ON usage_latest (key_id) WHERE environment_id IS NULL;
CREATE INDEX usage_latest_in_order ON usage_latest (environment_id, kind, accepted_at, key_id) WHERE accepted_at IS NOT NULL;
