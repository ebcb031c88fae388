-- When the peer last asked about a good key of the environment.
ALTER TABLE gateways_seen ADD COLUMN good_at TIMESTAMP;
