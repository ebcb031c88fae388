ALTER TABLE api_keys DROP COLUMN seen_in_browser_at;
ALTER TABLE api_keys DROP COLUMN address_ranges;
ALTER TABLE api_keys DROP COLUMN scopes;
DROP TABLE policies;
