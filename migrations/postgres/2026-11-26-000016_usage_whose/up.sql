-- Whose a key is comes with its calls now: nothing is looked up afterwards.
DROP INDEX usage_latest_new;
