-- The lists of clients that are asked for most, and the date of birth.
ALTER TABLE clients ADD COLUMN
  date_of_birth TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.date_of_birth', '')) VIRTUAL;

CREATE INDEX clients_by_date_of_birth ON clients (date_of_birth, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_status_last_name ON clients (status, last_name, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_status_company_name ON clients (status, company_name, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_status_updated_at ON clients (status, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_kind_last_name ON clients (kind, last_name, id) WHERE deleted_at IS NULL;
CREATE INDEX clients_by_kind_company_name ON clients (kind, company_name, id) WHERE deleted_at IS NULL;
