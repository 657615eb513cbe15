-- contact_companies: firms that the account deals with and does not work for.
CREATE TABLE contact_companies (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  deleted_at INTEGER,
  name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.name', '')) VIRTUAL,
  email TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.email', '')) VIRTUAL
);

CREATE INDEX contact_companies_by_id ON contact_companies (id) WHERE deleted_at IS NULL;
CREATE INDEX contact_companies_by_name ON contact_companies (name, id) WHERE deleted_at IS NULL;
CREATE INDEX contact_companies_by_email ON contact_companies (email, id) WHERE deleted_at IS NULL;
CREATE INDEX contact_companies_by_created_at ON contact_companies (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX contact_companies_by_updated_at ON contact_companies (updated_at, id) WHERE deleted_at IS NULL;

-- contact_individuals: people that the account deals with and does not work for.
CREATE TABLE contact_individuals (
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
  contact_company_id TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.contact_company_id', '')) VIRTUAL,
  email TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.email', '')) VIRTUAL
);

CREATE INDEX contact_individuals_by_id ON contact_individuals (id) WHERE deleted_at IS NULL;
CREATE INDEX contact_individuals_by_first_name ON contact_individuals (first_name, id) WHERE deleted_at IS NULL;
CREATE INDEX contact_individuals_by_last_name ON contact_individuals (last_name, id) WHERE deleted_at IS NULL;
CREATE INDEX contact_individuals_by_contact_company_id ON contact_individuals (contact_company_id, id) WHERE deleted_at IS NULL;
CREATE INDEX contact_individuals_by_email ON contact_individuals (email, id) WHERE deleted_at IS NULL;
CREATE INDEX contact_individuals_by_created_at ON contact_individuals (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX contact_individuals_by_updated_at ON contact_individuals (updated_at, id) WHERE deleted_at IS NULL;
