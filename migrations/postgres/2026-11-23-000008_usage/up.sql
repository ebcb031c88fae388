-- What was verified. Nothing here refers to `api_keys`: counting never fails because a key went.

-- Calls by hour (its beginning, UTC). Kept for 400 days.
CREATE TABLE usage_hours (
    key_id   TEXT COLLATE "C" NOT NULL,
    hour     TIMESTAMP NOT NULL,
    accepted BIGINT NOT NULL,
    refused  BIGINT NOT NULL,
    PRIMARY KEY (key_id, hour)
);
CREATE INDEX usage_hours_by_age ON usage_hours (hour);

-- Where from, by day (its beginning, UTC): the first few addresses and origins of a key's day; the empty
-- `place` is all others. Kept for 90 days.
CREATE TABLE usage_places (
    key_id   TEXT COLLATE "C" NOT NULL,
    day      TIMESTAMP NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL CHECK (kind IN ('address', 'origin')),
    place    TEXT COLLATE "C" NOT NULL,
    accepted BIGINT NOT NULL,
    refused  BIGINT NOT NULL,
    PRIMARY KEY (key_id, day, kind, place)
);
CREATE INDEX usage_places_by_age ON usage_places (day);

-- The last call of each kind. Beside `api_keys` and not in it: that one is read for every call, and
-- locked by whoever deletes a key.
CREATE TABLE usage_latest (
    key_id          TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    accepted_at     TIMESTAMP,
    refused_at      TIMESTAMP,
    refused_address TEXT
);

-- Requests a second and how many may come at once. None: no limit.
ALTER TABLE api_keys ADD COLUMN rate_limit INTEGER;
ALTER TABLE api_keys ADD COLUMN rate_burst INTEGER;
