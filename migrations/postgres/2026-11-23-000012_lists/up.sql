-- These keys are counted in their index, without a look at the table.
DROP INDEX api_keys_by_expiry;
CREATE INDEX api_keys_by_expiry ON api_keys (environment_id, kind, expires_at, expired_at)
    WHERE deleted_at IS NULL AND expires_at IS NOT NULL;
DROP INDEX api_keys_paused;
CREATE INDEX api_keys_paused ON api_keys (environment_id, kind, paused_at, expires_at, expired_at)
    WHERE deleted_at IS NULL AND paused_at IS NOT NULL;
-- Of two conditions with an OR between them, each with an index, neither index is used.
DROP INDEX api_keys_leaked;
DROP INDEX api_keys_former_leaked;
CREATE INDEX api_keys_leaked ON api_keys (environment_id, kind)
    WHERE deleted_at IS NULL AND (leaked_at IS NOT NULL OR former_leaked_at IS NOT NULL);
