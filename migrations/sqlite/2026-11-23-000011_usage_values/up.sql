-- Which value of a key is called during an overlap, and afterwards the one that was replaced. Like all that is
-- counted, this refers to nothing.

-- Calls by slot of five minutes (its beginning, UTC). Kept for a day.
CREATE TABLE usage_values (
    digest   BLOB NOT NULL,
    slot     TIMESTAMP NOT NULL,
    accepted BIGINT NOT NULL,
    refused  BIGINT NOT NULL,
    PRIMARY KEY (digest, slot)
) WITHOUT ROWID;
CREATE INDEX usage_values_by_age ON usage_values (slot);

-- Where from, and when last: a few addresses and origins of a value; the empty `place` is all others.
-- Kept for 30 days after the last call.
CREATE TABLE usage_value_places (
    digest   BLOB NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('address', 'origin')),
    place    TEXT NOT NULL,
    accepted BIGINT NOT NULL,
    refused  BIGINT NOT NULL,
    last_at  TIMESTAMP NOT NULL,
    PRIMARY KEY (digest, kind, place)
) WITHOUT ROWID;
CREATE INDEX usage_value_places_by_age ON usage_value_places (last_at);
