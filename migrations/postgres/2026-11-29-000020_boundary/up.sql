-- A key is good for one environment of one project, and a digest belongs to a project: an import is not
-- refused because another project has the same key, which would tell of it.

-- What this database promises to the processes that use it. A later Keyrack that refuses more, or revokes in
-- a new way, raises the number; a process that does not know the number answers 503 and writes nothing.
CREATE TABLE contract (
    id     INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    number INTEGER NOT NULL
);
INSERT INTO contract (id, number) VALUES (1, 1);

ALTER TABLE api_keys ADD COLUMN project_id TEXT;
UPDATE api_keys SET project_id = environments.project_id FROM environments WHERE environments.id = api_keys.environment_id;
ALTER TABLE api_keys ALTER COLUMN project_id SET NOT NULL;
ALTER TABLE rotated_secrets ADD COLUMN project_id TEXT;
UPDATE rotated_secrets SET project_id = api_keys.project_id FROM api_keys WHERE api_keys.id = rotated_secrets.key_id;
ALTER TABLE rotated_secrets ALTER COLUMN project_id SET NOT NULL;

-- The functions and the index that the verifier reads (000019) have other names now, so that a former Keyrack,
-- which does not know for which API a key is good, finds nothing to answer from.
DROP INDEX api_keys_to_verify;
DROP FUNCTION fits_in_index;
DROP FUNCTION digest_number;
ALTER TABLE api_keys DROP CONSTRAINT api_keys_digest_key;
CREATE UNIQUE INDEX api_keys_digest ON api_keys (digest, project_id);
ALTER TABLE rotated_secrets DROP CONSTRAINT rotated_secrets_pkey;
ALTER TABLE rotated_secrets ADD PRIMARY KEY (digest, project_id);

CREATE FUNCTION verification_number(digest BYTEA) RETURNS BIGINT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT ('x' || encode(substr(digest, 1, 8), 'hex'))::bit(64)::bigint $$;

-- PostgreSQL refuses a row of an index that is larger than a third of a page: keys that are narrowed to very much
-- are found by their digests.
CREATE FUNCTION verification_fits(scopes TEXT, address_ranges TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT coalesce(octet_length(scopes), 0) + coalesce(octet_length(address_ranges), 0) <= 1500 $$;

CREATE INDEX api_keys_for_verification ON api_keys (verification_number(digest))
    INCLUDE (digest, id, environment_id, project_id, kind, name, deleted_at, rate_limit, rate_burst, scopes, address_ranges,
             seen_in_browser_at, expires_at, expired_at, paused_at, overlap_until)
    WHERE verification_fits(scopes, address_ranges);

-- Why calls were refused, by hour (its beginning, UTC). Kept as long as the hours are.
CREATE TABLE usage_refusals (
    key_id TEXT NOT NULL,
    hour   TIMESTAMP NOT NULL,
    reason TEXT NOT NULL,
    calls  BIGINT NOT NULL,
    PRIMARY KEY (key_id, hour, reason)
);
CREATE INDEX usage_refusals_by_age ON usage_refusals (hour);

-- A gateway may go on asking for an environment that is deleted: its keys are told that they are.
CREATE INDEX environments_by_name ON environments (project_id, name);
