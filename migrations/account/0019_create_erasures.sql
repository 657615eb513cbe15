-- erasures: the clients whose data was erased, when and by whom. Nothing of what they were.
CREATE TABLE erasures (
  client_id TEXT PRIMARY KEY NOT NULL,
  erased_at INTEGER NOT NULL,
  erased_by TEXT NOT NULL
);

-- erased_records: the ids of what went with an erasure, the client's own among them.
CREATE TABLE erased_records (
  id TEXT PRIMARY KEY NOT NULL,
  entity TEXT NOT NULL,
  client_id TEXT NOT NULL
);

CREATE INDEX erased_records_by_client ON erased_records (client_id, entity, id);

-- What was erased has no reference any more, and its number is not given again: sequences only go up.
DROP INDEX cases_unique_reference;
CREATE UNIQUE INDEX cases_unique_reference ON cases (reference) WHERE reference <> '';

-- An export and an erasure reach what was deleted too.
CREATE INDEX client_dependant_clients_deleted_by_client_id ON client_dependant_clients (client_id)
  WHERE deleted_at IS NOT NULL;
CREATE INDEX client_dependant_clients_deleted_by_client_dependant_id ON client_dependant_clients (client_dependant_id)
  WHERE deleted_at IS NOT NULL;
CREATE INDEX cases_deleted_by_client_id ON cases (client_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX case_tasks_deleted_by_case_id ON case_tasks (case_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX documents_deleted_by_client_id ON documents (client_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX documents_deleted_by_case_id ON documents (case_id) WHERE deleted_at IS NOT NULL;
