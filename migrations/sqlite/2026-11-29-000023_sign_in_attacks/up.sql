-- Failures are counted by more than one network: an IPv4 address or an IPv6 /64 (`address`), and of
-- IPv6 the /56 and the /48 around it. Whoever has a /48 has 65,536 times a /64 (RFC 6177).
ALTER TABLE sign_in_failures ADD COLUMN net_56 BLOB;
ALTER TABLE sign_in_failures ADD COLUMN net_48 BLOB;
CREATE INDEX sign_in_failures_by_net_56 ON sign_in_failures (net_56, at);
CREATE INDEX sign_in_failures_by_net_48 ON sign_in_failures (net_48, at);

-- Browsers that signed in to an account before (OWASP, device cookies). Only the hash of what they have
-- is kept. One that signed in with an earlier password (`generation`) is known no more; `failures` are
-- those since it signed in.
CREATE TABLE known_browsers (
    digest       BLOB PRIMARY KEY NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    generation   INTEGER NOT NULL,
    failures     INTEGER NOT NULL,
    signed_in_at TIMESTAMP NOT NULL
);
CREATE INDEX known_browsers_by_user ON known_browsers (user_id);

-- Wrong codes in a row: in all, of which the owner is told, and those of the app from browsers that
-- never signed in to the account, which share a limit.
ALTER TABLE two_step ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE two_step ADD COLUMN untrusted_failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE two_step ADD COLUMN untrusted_failed_at TIMESTAMP;

-- New e-mail addresses that wait until the link that was sent to them is followed: one of a user. A
-- password that was changed since (`generation`) ends it.
CREATE TABLE email_changes (
    user_id    TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest     BLOB NOT NULL,
    email      TEXT NOT NULL,
    generation INTEGER NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
