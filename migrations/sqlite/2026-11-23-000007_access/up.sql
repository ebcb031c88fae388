-- What an environment allows beyond its keys: how access tokens are checked, which rights each group has,
-- where keys may be used. `settings` is JSON (src/domain/policies); no row means the defaults. `version`
-- changes with every edit: the verifier reads it with the key, and so knows whether what it has is current.
CREATE TABLE policies (
    environment_id TEXT PRIMARY KEY NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    version        BIGINT NOT NULL,
    settings       TEXT NOT NULL
);

-- What narrows a key: `posts:read posts:list` and `10.0.0.0/8 192.0.2.7/32`; none means no limit.
ALTER TABLE api_keys ADD COLUMN scopes TEXT;
ALTER TABLE api_keys ADD COLUMN address_ranges TEXT;
-- When a secret key first arrived from a browser.
ALTER TABLE api_keys ADD COLUMN seen_in_browser_at TIMESTAMP;
