DROP TABLE recovery_codes;
DROP TABLE two_step;
ALTER TABLE sessions DROP COLUMN address;
ALTER TABLE sessions DROP COLUMN browser;
ALTER TABLE sessions DROP COLUMN name;
ALTER TABLE users DROP COLUMN generation;
