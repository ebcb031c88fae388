ALTER TABLE projects DROP COLUMN pause_leaked;
DROP INDEX api_keys_former_leaked;
DROP INDEX api_keys_leaked;
ALTER TABLE api_keys DROP COLUMN expiry_told;
ALTER TABLE api_keys DROP COLUMN former_leaked_at;
ALTER TABLE api_keys DROP COLUMN leaked_at;
