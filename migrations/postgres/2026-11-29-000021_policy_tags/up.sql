-- Which text of a policy is meant: 128 random bits in hex, new with every edit. A number that counts up could come back with
-- another text after a failover or a restore, and a process that knows the former text would take it for the current one.
-- Another name for the column, because a former binary must not read it.
ALTER TABLE policies ADD COLUMN tag TEXT;
-- (A UUIDv4 has 122 random bits, and nobody chose what it is for.)
UPDATE policies SET tag = replace(gen_random_uuid()::text, '-', '');
ALTER TABLE policies ALTER COLUMN tag SET NOT NULL;
ALTER TABLE policies DROP COLUMN version;
