-- Sign-ins that failed, or are not decided yet, of the last quarter of an hour. Who and from where are
-- kept as keyed digests only: enough to count, not enough to read.
CREATE TABLE sign_in_failures (
    id      BYTEA PRIMARY KEY NOT NULL,
    account BYTEA NOT NULL,
    address BYTEA NOT NULL,
    at      TIMESTAMP NOT NULL
);
CREATE INDEX sign_in_failures_by_address ON sign_in_failures (address, at);
CREATE INDEX sign_in_failures_by_account ON sign_in_failures (account);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (at);
