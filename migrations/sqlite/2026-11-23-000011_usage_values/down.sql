DROP TABLE usage_value_places;
DROP TABLE usage_values;
