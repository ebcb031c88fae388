DROP INDEX usage_latest_in_order;
ALTER TABLE usage_latest DROP COLUMN listed_at;
CREATE INDEX usage_latest_in_order ON usage_latest (environment_id, kind, accepted_at, key_id) WHERE accepted_at IS NOT NULL;
