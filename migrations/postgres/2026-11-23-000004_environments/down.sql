DROP TABLE former_names;
-- The deleted ones give their slugs and names to the living.
UPDATE environments SET name = name || '-' || id WHERE deleted_at IS NOT NULL;
UPDATE projects SET slug = slug || '-' || id WHERE deleted_at IS NOT NULL;
DROP INDEX environments_living_name;
DROP INDEX projects_living_slug;
ALTER TABLE environments DROP COLUMN deleted_at, DROP COLUMN deleted_by, ADD UNIQUE (project_id, name);
ALTER TABLE projects DROP COLUMN deleted_at, DROP COLUMN deleted_by, ADD UNIQUE (slug);
