-- surveys: one row a cell. Who looks at the cloud holds it; how far the looks at single stacks have come.
CREATE TABLE surveys (
  cell TEXT PRIMARY KEY NOT NULL,
  generation INTEGER NOT NULL DEFAULT 0,
  held_until INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  looked_up_to TEXT NOT NULL DEFAULT '',
  finished_at INTEGER
) STRICT, WITHOUT ROWID;

-- findings: where registry and cloud disagreed, since when, and until when.
CREATE TABLE findings (
  id TEXT PRIMARY KEY NOT NULL,
  cell TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  stack_id TEXT,
  account_id TEXT,
  expected TEXT NOT NULL CHECK (json_valid(expected)),
  seen TEXT NOT NULL CHECK (json_valid(seen)),
  surveys INTEGER NOT NULL DEFAULT 1,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  resolved_at INTEGER,
  status TEXT NOT NULL GENERATED ALWAYS AS (IIF(resolved_at IS NULL, 'open', 'resolved')) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX findings_open ON findings (cell, kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX findings_by_status ON findings (status, id);
CREATE INDEX findings_by_kind ON findings (kind, id);
CREATE INDEX findings_by_stack ON findings (stack_id, id);
CREATE INDEX findings_by_account ON findings (account_id, id);
