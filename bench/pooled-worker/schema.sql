-- The pooled design: one database for all accounts, organization_id first in every index.
CREATE TABLE users (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL,
  role TEXT NOT NULL,
  status TEXT NOT NULL
);
CREATE TABLE sessions (
  id TEXT PRIMARY KEY NOT NULL,
  organization_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER
);
CREATE TABLE changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  organization_id TEXT NOT NULL,
  id TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  action TEXT NOT NULL,
  changed TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX changes_by_organization ON changes (organization_id, seq);
CREATE TABLE clients (
  id TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  kind TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.kind', '')) VIRTUAL,
  status TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.status', '')) VIRTUAL,
  owner_user_id TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.owner_user_id', '')) VIRTUAL,
  email TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.email', '')) VIRTUAL,
  first_name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.first_name', '')) VIRTUAL,
  last_name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.last_name', '')) VIRTUAL,
  company_name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.company_name', '')) VIRTUAL,
  PRIMARY KEY (organization_id, id)
);
CREATE INDEX clients_by_id ON clients (organization_id, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_kind ON clients (organization_id, kind, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_status ON clients (organization_id, status, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_owner_user_id ON clients (organization_id, owner_user_id, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_email ON clients (organization_id, email, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_first_name ON clients (organization_id, first_name, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_last_name ON clients (organization_id, last_name, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_company_name ON clients (organization_id, company_name, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_created_at ON clients (organization_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_updated_at ON clients (organization_id, updated_at, id) WHERE deleted_at IS NULL;
