DROP TRIGGER verifiable_keys_gone;
DROP TRIGGER verifiable_keys_changed;
DROP TRIGGER verifiable_keys_new;
DROP VIEW keys_to_verify;
DROP TABLE verifiable_keys;
