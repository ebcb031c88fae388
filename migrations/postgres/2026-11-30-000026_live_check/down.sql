ALTER TABLE gateways_seen DROP COLUMN good_at;
