-- The API budget (docs/decisions/0022). The table of 0001 was never written and counted by fixed windows.
DROP TABLE api_budget;

-- api_budget: until when Cloudflare answers nobody of a cell.
CREATE TABLE api_budget (
  cell TEXT PRIMARY KEY NOT NULL,
  blocked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- api_budget_slots: calls by the 5 seconds in which their token was taken; a ring, so a cell never has more than 64 rows.
CREATE TABLE api_budget_slots (
  cell TEXT NOT NULL,
  position INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  signup INTEGER NOT NULL DEFAULT 0,
  repair INTEGER NOT NULL DEFAULT 0,
  fleet INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (cell, position)
) STRICT, WITHOUT ROWID;

-- api_budget_waiters: who was refused a token and since when they wait, so that nobody passes them.
CREATE TABLE api_budget_waiters (
  waiter TEXT PRIMARY KEY NOT NULL,
  cell TEXT NOT NULL,
  lane TEXT NOT NULL,
  since INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_budget_waiters_by_turn ON api_budget_waiters (cell, lane, since, waiter, expires_at);
CREATE INDEX api_budget_waiters_by_expiry ON api_budget_waiters (expires_at);
