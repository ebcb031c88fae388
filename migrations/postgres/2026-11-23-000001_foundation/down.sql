DROP TABLE api_keys;
DROP TABLE environments;
DROP TABLE members;
DROP TABLE projects;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE setup_tokens;
DROP TABLE settings;
