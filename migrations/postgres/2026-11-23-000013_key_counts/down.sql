DROP INDEX api_keys_living;
