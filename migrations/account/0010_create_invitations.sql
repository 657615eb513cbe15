-- invitations: who was asked to join, as what, and the SHA-256 of the one-time token that lets them in.
CREATE TABLE invitations (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  deleted_at INTEGER,
  token_hash TEXT NOT NULL,
  email TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.email', '')) VIRTUAL,
  role TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.role', '')) VIRTUAL,
  status TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.status', '')) VIRTUAL,
  expires_at INTEGER NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.expires_at', 0)) VIRTUAL
);

CREATE UNIQUE INDEX invitations_unique_token ON invitations (token_hash);
CREATE INDEX invitations_by_id ON invitations (id) WHERE deleted_at IS NULL;
CREATE INDEX invitations_by_email ON invitations (email, id) WHERE deleted_at IS NULL;
CREATE INDEX invitations_by_role ON invitations (role, id) WHERE deleted_at IS NULL;
CREATE INDEX invitations_by_status ON invitations (status, id) WHERE deleted_at IS NULL;
CREATE INDEX invitations_by_expires_at ON invitations (expires_at, id) WHERE deleted_at IS NULL;
CREATE INDEX invitations_by_created_at ON invitations (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX invitations_by_updated_at ON invitations (updated_at, id) WHERE deleted_at IS NULL;
