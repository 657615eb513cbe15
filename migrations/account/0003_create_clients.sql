-- clients: the people and companies whom the account works for.
CREATE TABLE clients (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  deleted_at INTEGER,
  kind TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.kind', '')) VIRTUAL,
  status TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.status', '')) VIRTUAL,
  owner_user_id TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.owner_user_id', '')) VIRTUAL,
  email TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.email', '')) VIRTUAL,
  first_name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.first_name', '')) VIRTUAL,
  last_name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.last_name', '')) VIRTUAL,
  company_name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.company_name', '')) VIRTUAL
);

CREATE INDEX clients_by_id ON clients (id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_kind ON clients (kind, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_status ON clients (status, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_owner_user_id ON clients (owner_user_id, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_email ON clients (email, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_first_name ON clients (first_name, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_last_name ON clients (last_name, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_company_name ON clients (company_name, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_created_at ON clients (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_updated_at ON clients (updated_at, id) WHERE deleted_at IS NULL;
