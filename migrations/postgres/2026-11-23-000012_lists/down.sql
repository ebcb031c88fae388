DROP INDEX api_keys_leaked;
CREATE INDEX api_keys_leaked ON api_keys (environment_id, kind) WHERE leaked_at IS NOT NULL;
CREATE INDEX api_keys_former_leaked ON api_keys (environment_id, kind) WHERE former_leaked_at IS NOT NULL;
DROP INDEX api_keys_paused;
CREATE INDEX api_keys_paused ON api_keys (environment_id, kind, paused_at) WHERE deleted_at IS NULL AND paused_at IS NOT NULL;
DROP INDEX api_keys_by_expiry;
CREATE INDEX api_keys_by_expiry ON api_keys (environment_id, kind, expires_at) WHERE deleted_at IS NULL AND expires_at IS NOT NULL;
