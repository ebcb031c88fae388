-- Who gave the right password and still owes a code. Like a session, only the hash of what their browser has is kept: a
-- backup, which has the key of sealed cookies and the secrets of authenticator apps, opens no account without its password.
CREATE TABLE pending_sign_ins (
    digest     BLOB PRIMARY KEY NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX pending_sign_ins_by_expiry ON pending_sign_ins (expires_at);
CREATE INDEX pending_sign_ins_by_user ON pending_sign_ins (user_id);
