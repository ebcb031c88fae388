-- What the verifier reads of a key, once more, in the order of the digests: of a large file it reads one page for a call
-- that nobody read lately, where an index and the key that it leads to are two. (In PostgreSQL, which keeps more in memory,
-- that gains nothing.) Not an index with all of this in it: whole rows would stand in its upper pages, too, and most of
-- those would be read for a call. Triggers, so that nobody can change a key and forget this.
--
-- A number is the first 56 bits of a digest. Of two keys with the same one only one stands here: whoever finds a key not
-- here looks among all of them. (JSON has numbers like 0xff since SQLite 3.42: who writes keys by hand needs one as new.)
CREATE TABLE verifiable_keys (
    number             INTEGER PRIMARY KEY NOT NULL,
    digest             BLOB NOT NULL,
    key_id             TEXT NOT NULL,
    environment_id     TEXT NOT NULL,
    kind               TEXT NOT NULL,
    name               TEXT NOT NULL,
    deleted_at         TIMESTAMP,
    rate_limit         INTEGER,
    rate_burst         INTEGER,
    scopes             TEXT,
    address_ranges     TEXT,
    seen_in_browser_at TIMESTAMP,
    expires_at         TIMESTAMP,
    expired_at         TIMESTAMP,
    paused_at          TIMESTAMP,
    overlap_until      TIMESTAMP
);
CREATE VIEW keys_to_verify AS
    SELECT ('0x' || hex(substr(digest, 1, 7))) ->> '$' AS number, digest, id AS key_id, environment_id, kind, name, deleted_at,
        rate_limit, rate_burst, scopes, address_ranges, seen_in_browser_at, expires_at, expired_at, paused_at, overlap_until
    FROM api_keys;
INSERT INTO verifiable_keys SELECT * FROM keys_to_verify WHERE TRUE ORDER BY digest ON CONFLICT (number) DO NOTHING;

-- (One that takes the place of another, as INSERT OR REPLACE lets it, is not told of as deleted.)
CREATE TRIGGER verifiable_keys_new AFTER INSERT ON api_keys BEGIN
    DELETE FROM verifiable_keys WHERE number = ('0x' || hex(substr(NEW.digest, 1, 7))) ->> '$' AND digest = NEW.digest;
    INSERT INTO verifiable_keys SELECT * FROM keys_to_verify WHERE key_id = NEW.id ON CONFLICT (number) DO NOTHING;
END;
CREATE TRIGGER verifiable_keys_changed AFTER UPDATE OF digest, id, environment_id, kind, name, deleted_at, rate_limit, rate_burst, scopes,
    address_ranges, seen_in_browser_at, expires_at, expired_at, paused_at, overlap_until ON api_keys BEGIN
    DELETE FROM verifiable_keys WHERE number = ('0x' || hex(substr(OLD.digest, 1, 7))) ->> '$' AND key_id = OLD.id;
    INSERT INTO verifiable_keys SELECT * FROM keys_to_verify WHERE key_id = NEW.id ON CONFLICT (number) DO NOTHING;
END;
CREATE TRIGGER verifiable_keys_gone AFTER DELETE ON api_keys BEGIN
    DELETE FROM verifiable_keys WHERE number = ('0x' || hex(substr(OLD.digest, 1, 7))) ->> '$' AND key_id = OLD.id;
END;
