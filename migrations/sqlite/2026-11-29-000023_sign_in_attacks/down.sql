DROP TABLE email_changes;
ALTER TABLE two_step DROP COLUMN untrusted_failed_at;
ALTER TABLE two_step DROP COLUMN untrusted_failures;
ALTER TABLE two_step DROP COLUMN failures;
DROP TABLE known_browsers;
DROP INDEX sign_in_failures_by_net_48;
DROP INDEX sign_in_failures_by_net_56;
ALTER TABLE sign_in_failures DROP COLUMN net_48;
ALTER TABLE sign_in_failures DROP COLUMN net_56;
