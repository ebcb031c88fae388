-- How many living keys of each kind an environment has: to count ten thousand takes half as long as all the rest of
-- their page. Triggers, so that nobody can add or delete a key and forget this. Only here, where one writes at a time:
-- in PostgreSQL those who add keys would wait for each other.
CREATE TABLE key_counts (
    environment_id TEXT NOT NULL,
    kind           TEXT NOT NULL,
    living         BIGINT NOT NULL,
    PRIMARY KEY (environment_id, kind)
) WITHOUT ROWID;
INSERT INTO key_counts (environment_id, kind, living)
    SELECT environment_id, kind, sum(deleted_at IS NULL) FROM api_keys GROUP BY environment_id, kind;

CREATE TRIGGER api_keys_count_new AFTER INSERT ON api_keys BEGIN
    INSERT INTO key_counts (environment_id, kind, living) VALUES (NEW.environment_id, NEW.kind, NEW.deleted_at IS NULL)
        ON CONFLICT (environment_id, kind) DO UPDATE SET living = living + excluded.living;
END;
CREATE TRIGGER api_keys_count_deleted AFTER UPDATE OF deleted_at ON api_keys BEGIN
    UPDATE key_counts SET living = living + (NEW.deleted_at IS NULL) - (OLD.deleted_at IS NULL)
        WHERE environment_id = NEW.environment_id AND kind = NEW.kind;
END;
CREATE TRIGGER api_keys_count_gone AFTER DELETE ON api_keys BEGIN
    UPDATE key_counts SET living = living - (OLD.deleted_at IS NULL)
        WHERE environment_id = OLD.environment_id AND kind = OLD.kind;
END;
