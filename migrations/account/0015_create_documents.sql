-- documents: files that the account keeps. What the body says of bytes is true of the newest version that is stored.
CREATE TABLE documents (
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
  case_id TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.case_id', '')) VIRTUAL,
  name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.name', '')) VIRTUAL,
  content_type TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.content_type', '')) VIRTUAL,
  sha256 TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.sha256', '')) VIRTUAL,
  status TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.status', '')) VIRTUAL
);

CREATE INDEX documents_by_id ON documents (id) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_client_id ON documents (client_id, id) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_case_id ON documents (case_id, id) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_name ON documents (name, id) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_content_type ON documents (content_type, id) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_sha256 ON documents (sha256, id) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_status ON documents (status, id) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_created_at ON documents (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_updated_at ON documents (updated_at, id) WHERE deleted_at IS NULL;

-- document_versions: one upload each. Its id names the bytes in the file store. A row whose bytes_due_at is past says
-- that its bytes may be removed there, and stays, so that the store can ask about them at any time after.
CREATE TABLE document_versions (
  id TEXT PRIMARY KEY NOT NULL,
  document_id TEXT NOT NULL,
  version_number INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'stored')),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  stored_at INTEGER,
  bytes_due_at INTEGER
);

CREATE UNIQUE INDEX document_versions_by_number ON document_versions (document_id, version_number);
CREATE INDEX document_versions_by_document ON document_versions (document_id, id);
CREATE INDEX document_versions_pending ON document_versions (created_at)
  WHERE status = 'pending' AND bytes_due_at IS NULL;
