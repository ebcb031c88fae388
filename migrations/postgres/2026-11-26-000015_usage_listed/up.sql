-- Where a key stands among those in the order of their last use: while very many keys are called, where it stood up to a
-- minute ago, because each move writes the index at two random places.
DROP INDEX usage_latest_in_order;
ALTER TABLE usage_latest ADD COLUMN listed_at TIMESTAMP;
UPDATE usage_latest SET listed_at = accepted_at;
CREATE INDEX usage_latest_in_order ON usage_latest (environment_id, kind, listed_at, key_id) WHERE listed_at IS NOT NULL;
