-- users: the people who may log in to this account.
CREATE TABLE users (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  deleted_at INTEGER,
  password_hash TEXT,
  email TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.email', '')) VIRTUAL,
  name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.name', '')) VIRTUAL,
  role TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.role', '')) VIRTUAL,
  status TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.status', '')) VIRTUAL
);

CREATE UNIQUE INDEX users_unique_email ON users (email) WHERE deleted_at IS NULL;
CREATE INDEX users_by_id ON users (id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_name ON users (name, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_role ON users (role, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_status ON users (status, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_created_at ON users (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_updated_at ON users (updated_at, id) WHERE deleted_at IS NULL;

-- sessions: one log-in of one user, and the SHA-256 of the refresh tokens that go on with it.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY NOT NULL,
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  refresh_hash TEXT NOT NULL,
  previous_refresh_hash TEXT,
  lost_refresh_hash TEXT,
  rotated_at INTEGER NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
