-- Operations of every kind: on stacks that belong to no account yet, with what their steps found for the steps after.
-- Both tables are made anew, the referring one first, for a column's NOT NULL cannot be taken away otherwise.

CREATE TABLE operations_next (
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  account_id TEXT REFERENCES accounts (id),
  stack_id TEXT NOT NULL REFERENCES stacks (id),
  status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'succeeded', 'failed')),
  input TEXT NOT NULL CHECK (json_valid(input)),
  facts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(facts)),
  generation INTEGER NOT NULL DEFAULT 0,
  driver TEXT,
  available_at INTEGER NOT NULL,
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
INSERT INTO operations_next
  (id, kind, account_id, stack_id, status, input, generation, driver, available_at, error, created_at, updated_at, finished_at)
SELECT id, kind, account_id, stack_id, status, input, generation, driver, available_at, error, created_at, updated_at, finished_at
FROM operations;

CREATE TABLE operation_steps_next (
  operation_id TEXT NOT NULL REFERENCES operations_next (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'succeeded', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER,
  finished_at INTEGER,
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  PRIMARY KEY (operation_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO operation_steps_next (operation_id, position, name, status, attempts, started_at, finished_at, error)
SELECT operation_id, position, name, status, attempts, started_at, finished_at, error FROM operation_steps;

DROP TABLE operation_steps;
DROP TABLE operations;
ALTER TABLE operations_next RENAME TO operations;
ALTER TABLE operation_steps_next RENAME TO operation_steps;

CREATE UNIQUE INDEX operations_active_account ON operations (account_id) WHERE status IN ('pending', 'running');
CREATE UNIQUE INDEX operations_active_stack ON operations (stack_id) WHERE status IN ('pending', 'running');
CREATE INDEX operations_available ON operations (available_at, id) WHERE status IN ('pending', 'running');
CREATE INDEX operations_by_account ON operations (account_id, id);
CREATE INDEX operations_by_status ON operations (status, id);
CREATE INDEX operations_by_kind ON operations (kind, id);
CREATE INDEX operations_by_created_at ON operations (created_at, id);

-- The slug of a deleted account may be taken again.
DROP INDEX accounts_by_slug;
CREATE INDEX accounts_by_slug ON accounts (slug, id);
CREATE UNIQUE INDEX accounts_live_slug ON accounts (slug) WHERE status <> 'deleted';

CREATE TABLE released_slugs (
  slug TEXT PRIMARY KEY NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  released_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
