-- All that the verifier reads of a key stands in an index, in the order of the first 64 bits of its digest: among a million
-- keys that is one page that is not in a processor's cache, where an index of digests and the row were two, and the time
-- goes there. (An index-only scan; what was not vacuumed yet is looked up in the table, too. As `verifiable_keys` on SQLite.)
CREATE FUNCTION digest_number(digest BYTEA) RETURNS BIGINT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT ('x' || encode(substr(digest, 1, 8), 'hex'))::bit(64)::bigint $$;

-- PostgreSQL refuses a row of an index that is larger than a third of a page: keys that are narrowed to very much are found by
-- their digests.
CREATE FUNCTION fits_in_index(scopes TEXT, address_ranges TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT coalesce(octet_length(scopes), 0) + coalesce(octet_length(address_ranges), 0) <= 1500 $$;

CREATE INDEX api_keys_to_verify ON api_keys (digest_number(digest))
    INCLUDE (digest, id, environment_id, kind, name, deleted_at, rate_limit, rate_burst, scopes, address_ranges, seen_in_browser_at,
             expires_at, expired_at, paused_at, overlap_until)
    WHERE fits_in_index(scopes, address_ranges);
