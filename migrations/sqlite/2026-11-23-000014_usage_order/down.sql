DROP INDEX usage_latest_in_order;
DROP INDEX usage_latest_new;
ALTER TABLE usage_latest DROP COLUMN kind;
ALTER TABLE usage_latest DROP COLUMN environment_id;
