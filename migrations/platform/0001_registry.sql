-- The registry: global facts only. Never a client, a case, a document or a user. Tables: migrations/README.md.

CREATE TABLE accounts (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  slug TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.slug') VIRTUAL,
  status TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.status') VIRTUAL
) STRICT;
CREATE UNIQUE INDEX accounts_by_slug ON accounts (slug);
CREATE INDEX accounts_by_status ON accounts (status, id);
CREATE INDEX accounts_by_created_at ON accounts (created_at, id);

CREATE TABLE providers (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  name TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.name') VIRTUAL,
  status TEXT NOT NULL GENERATED ALWAYS AS (body ->> '$.status') VIRTUAL
) STRICT;
CREATE UNIQUE INDEX providers_by_name ON providers (name);
CREATE INDEX providers_by_status_and_name ON providers (status, name, id);
CREATE INDEX providers_by_status ON providers (status, id);

CREATE TABLE releases (
  id TEXT PRIMARY KEY NOT NULL,
  schema_version INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX releases_by_created_at ON releases (created_at, id);

CREATE TABLE stacks (
  id TEXT PRIMARY KEY NOT NULL,
  account_id TEXT REFERENCES accounts (id),
  status TEXT NOT NULL CHECK (status IN ('building', 'ready', 'claimed', 'serving', 'retired')),
  residency TEXT NOT NULL,
  cell TEXT NOT NULL,
  worker_name TEXT NOT NULL,
  dispatch_namespace TEXT NOT NULL,
  database_id TEXT,
  release_id TEXT NOT NULL REFERENCES releases (id),
  observed_release_id TEXT,
  observed_schema_version INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX stacks_by_worker ON stacks (cell, dispatch_namespace, worker_name);
CREATE UNIQUE INDEX stacks_by_database ON stacks (cell, database_id) WHERE database_id IS NOT NULL;
CREATE UNIQUE INDEX stacks_serving_account ON stacks (account_id) WHERE status = 'serving';
CREATE INDEX stacks_by_account ON stacks (account_id, id);
CREATE INDEX stacks_by_status ON stacks (status, id);
CREATE INDEX stacks_by_release ON stacks (release_id, id);
CREATE INDEX stacks_by_created_at ON stacks (created_at, id);

CREATE TABLE operations (
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  stack_id TEXT NOT NULL REFERENCES stacks (id),
  status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'succeeded', 'failed')),
  input TEXT NOT NULL CHECK (json_valid(input)),
  generation INTEGER NOT NULL DEFAULT 0,
  driver TEXT,
  available_at INTEGER NOT NULL,
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX operations_active_account ON operations (account_id) WHERE status IN ('pending', 'running');
CREATE INDEX operations_available ON operations (available_at, id) WHERE status IN ('pending', 'running');
CREATE INDEX operations_by_account ON operations (account_id, id);
CREATE INDEX operations_by_status ON operations (status, id);
CREATE INDEX operations_by_kind ON operations (kind, id);
CREATE INDEX operations_by_created_at ON operations (created_at, id);

CREATE TABLE operation_steps (
  operation_id TEXT NOT NULL REFERENCES operations (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'succeeded', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER,
  finished_at INTEGER,
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  PRIMARY KEY (operation_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollouts (
  id TEXT PRIMARY KEY NOT NULL,
  release_id TEXT NOT NULL REFERENCES releases (id),
  status TEXT NOT NULL,
  plan TEXT NOT NULL CHECK (json_valid(plan)),
  generation INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE rollout_targets (
  rollout_id TEXT NOT NULL REFERENCES rollouts (id),
  stack_id TEXT NOT NULL REFERENCES stacks (id),
  wave INTEGER NOT NULL,
  status TEXT NOT NULL,
  previous_release_id TEXT NOT NULL REFERENCES releases (id),
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (rollout_id, stack_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollout_targets_by_status ON rollout_targets (rollout_id, status, wave, stack_id);

CREATE TABLE hostnames (
  hostname TEXT PRIMARY KEY NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hostnames_by_account ON hostnames (account_id);

CREATE TABLE events (
  id TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target_kind TEXT NOT NULL,
  target_id TEXT NOT NULL,
  request_id TEXT,
  before TEXT CHECK (before IS NULL OR json_valid(before)),
  after TEXT CHECK (after IS NULL OR json_valid(after))
) STRICT;
CREATE INDEX events_by_target ON events (target_id, id);
CREATE INDEX events_by_action ON events (action, id);
CREATE INDEX events_by_at ON events (at, id);

CREATE TABLE api_budget (
  cell TEXT NOT NULL,
  lane TEXT NOT NULL,
  window_started_at INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (cell, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  location TEXT NOT NULL,
  answer TEXT NOT NULL CHECK (json_valid(answer)),
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
