DROP TABLE gateways_seen;
DELETE FROM former_names WHERE environment_id IN (SELECT id FROM environments WHERE deleted_at IS NOT NULL);
ALTER TABLE environments DROP COLUMN answers_all;
ALTER TABLE environments DROP COLUMN former_names;
DROP INDEX projects_slug;
CREATE UNIQUE INDEX projects_living_slug ON projects (slug) WHERE deleted_at IS NULL;
