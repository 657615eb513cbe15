-- cases: what the account does for a client. A reference is given once and never again.
CREATE TABLE cases (
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
  reference TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.reference', '')) VIRTUAL,
  title TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.title', '')) VIRTUAL,
  type TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.type', '')) VIRTUAL,
  status TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.status', '')) VIRTUAL,
  owner_user_id TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.owner_user_id', '')) VIRTUAL,
  opened_at INTEGER NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.opened_at', -1)) VIRTUAL,
  due_at INTEGER NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.due_at', -1)) VIRTUAL,
  closed_at INTEGER NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.closed_at', -1)) VIRTUAL
);

CREATE UNIQUE INDEX cases_unique_reference ON cases (reference);
CREATE INDEX cases_by_id ON cases (id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_client_id ON cases (client_id, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_reference ON cases (reference, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_title ON cases (title, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_type ON cases (type, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_status ON cases (status, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_owner_user_id ON cases (owner_user_id, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_opened_at ON cases (opened_at, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_due_at ON cases (due_at, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_closed_at ON cases (closed_at, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_created_at ON cases (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_updated_at ON cases (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_status_opened_at ON cases (status, opened_at, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_status_due_at ON cases (status, due_at, id) WHERE deleted_at IS NULL;
CREATE INDEX cases_by_owner_user_id_due_at ON cases (owner_user_id, due_at, id) WHERE deleted_at IS NULL;

-- case_tasks: what is to be done in a case, by whom, until when.
CREATE TABLE case_tasks (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  deleted_at INTEGER,
  case_id TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.case_id', '')) VIRTUAL,
  title TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.title', '')) VIRTUAL,
  status TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.status', '')) VIRTUAL,
  assignee_user_id TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.assignee_user_id', '')) VIRTUAL,
  due_at INTEGER NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.due_at', -1)) VIRTUAL,
  completed_at INTEGER NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.completed_at', -1)) VIRTUAL
);

CREATE INDEX case_tasks_by_id ON case_tasks (id) WHERE deleted_at IS NULL;
CREATE INDEX case_tasks_by_case_id ON case_tasks (case_id, id) WHERE deleted_at IS NULL;
CREATE INDEX case_tasks_by_title ON case_tasks (title, id) WHERE deleted_at IS NULL;
CREATE INDEX case_tasks_by_status ON case_tasks (status, id) WHERE deleted_at IS NULL;
CREATE INDEX case_tasks_by_assignee_user_id ON case_tasks (assignee_user_id, id) WHERE deleted_at IS NULL;
CREATE INDEX case_tasks_by_due_at ON case_tasks (due_at, id) WHERE deleted_at IS NULL;
CREATE INDEX case_tasks_by_completed_at ON case_tasks (completed_at, id) WHERE deleted_at IS NULL;
CREATE INDEX case_tasks_by_created_at ON case_tasks (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX case_tasks_by_updated_at ON case_tasks (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX case_tasks_by_status_due_at ON case_tasks (status, due_at, id) WHERE deleted_at IS NULL;
CREATE INDEX case_tasks_by_assignee_user_id_due_at ON case_tasks (assignee_user_id, due_at, id) WHERE deleted_at IS NULL;
