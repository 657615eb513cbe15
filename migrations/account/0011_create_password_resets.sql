-- password_resets: who may set a new password without the old one, by the SHA-256 of a one-time token.
CREATE TABLE password_resets (
  token_hash TEXT PRIMARY KEY NOT NULL,
  user_id TEXT NOT NULL,
  -- Where the link was sent: it is worth nothing once the user has another address.
  email TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);

CREATE INDEX password_resets_by_user ON password_resets (user_id, created_at);
CREATE INDEX password_resets_by_expiry ON password_resets (expires_at);
