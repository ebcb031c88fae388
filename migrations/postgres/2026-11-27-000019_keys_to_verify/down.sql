DROP INDEX api_keys_to_verify;
DROP FUNCTION fits_in_index;
DROP FUNCTION digest_number;
