-- client_dependants: people whom clients care for.
CREATE TABLE client_dependants (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  deleted_at INTEGER,
  first_name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.first_name', '')) VIRTUAL,
  last_name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.last_name', '')) VIRTUAL,
  date_of_birth TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.date_of_birth', '')) VIRTUAL
);

CREATE INDEX client_dependants_by_id ON client_dependants (id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependants_by_first_name ON client_dependants (first_name, id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependants_by_last_name ON client_dependants (last_name, id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependants_by_date_of_birth ON client_dependants (date_of_birth, id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependants_by_created_at ON client_dependants (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependants_by_updated_at ON client_dependants (updated_at, id) WHERE deleted_at IS NULL;

-- client_dependant_clients: which client has which dependant, and how they are related.
CREATE TABLE client_dependant_clients (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  deleted_at INTEGER,
  client_id TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.client_id', '')) VIRTUAL,
  client_dependant_id TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.client_dependant_id', '')) VIRTUAL,
  relationship TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.relationship', '')) VIRTUAL
);

CREATE UNIQUE INDEX client_dependant_clients_unique_pair
  ON client_dependant_clients (client_id, client_dependant_id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependant_clients_by_id ON client_dependant_clients (id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependant_clients_by_client_id ON client_dependant_clients (client_id, id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependant_clients_by_client_dependant_id ON client_dependant_clients (client_dependant_id, id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependant_clients_by_relationship ON client_dependant_clients (relationship, id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependant_clients_by_created_at ON client_dependant_clients (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX client_dependant_clients_by_updated_at ON client_dependant_clients (updated_at, id) WHERE deleted_at IS NULL;
