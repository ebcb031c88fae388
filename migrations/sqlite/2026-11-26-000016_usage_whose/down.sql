CREATE INDEX usage_latest_new ON usage_latest (key_id) WHERE environment_id IS NULL;
