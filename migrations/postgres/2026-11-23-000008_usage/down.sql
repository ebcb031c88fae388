ALTER TABLE api_keys DROP COLUMN rate_burst;
ALTER TABLE api_keys DROP COLUMN rate_limit;
DROP TABLE usage_latest;
DROP TABLE usage_places;
DROP TABLE usage_hours;
