DROP TABLE former_names;
-- The deleted ones give their slugs and names to the living. (Indexes suffice: a column with a reference
-- can't be dropped here, and what the foundation's UNIQUE promises holds again.)
UPDATE environments SET name = name || '-' || id WHERE deleted_at IS NOT NULL;
UPDATE projects SET slug = slug || '-' || id WHERE deleted_at IS NOT NULL;
DROP INDEX environments_living_name;
DROP INDEX projects_living_slug;
CREATE UNIQUE INDEX environments_name ON environments (project_id, name);
CREATE UNIQUE INDEX projects_slug ON projects (slug);
