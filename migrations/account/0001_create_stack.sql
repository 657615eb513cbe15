-- stack_identity: the one row that says which stack this database is, and which account it belongs to.
CREATE TABLE stack_identity (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  stack_id TEXT NOT NULL,
  account_id TEXT,
  created_at INTEGER NOT NULL,
  claimed_at INTEGER
);

-- changes: the append-only log of every write; audit trail, sync feed and source of events in one.
CREATE TABLE changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  entity TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('create', 'update', 'delete')),
  version INTEGER NOT NULL,
  changed TEXT NOT NULL CHECK (json_valid(changed)),
  actor_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  request_id TEXT NOT NULL
);

-- idempotency_keys: the first answer to a write that came with an Idempotency-Key, kept for 24 hours.
CREATE TABLE idempotency_keys (
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT CHECK (body IS NULL OR json_valid(body)),
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
