-- To count the living keys of an environment is quickest in an index that says nothing else of them. (SQLite keeps their
-- number; here those who add keys would wait for each other.)
CREATE INDEX api_keys_living ON api_keys (environment_id, kind) WHERE deleted_at IS NULL;
