DROP TRIGGER api_keys_count_gone;
DROP TRIGGER api_keys_count_deleted;
DROP TRIGGER api_keys_count_new;
DROP TABLE key_counts;
