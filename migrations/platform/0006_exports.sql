-- exports: SQL files of accounts' databases, which lie in R2 under object_key. The id is the operation's. md5 is what D1's import
-- knows a file by.
CREATE TABLE exports (
  id TEXT PRIMARY KEY NOT NULL REFERENCES operations (id),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  stack_id TEXT NOT NULL REFERENCES stacks (id),
  status TEXT NOT NULL CHECK (status IN ('written', 'verified')),
  at_bookmark TEXT NOT NULL,
  object_key TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  md5 TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  verified_at INTEGER
) STRICT;
CREATE INDEX exports_by_account ON exports (account_id, id);
CREATE INDEX exports_by_status ON exports (status, id);
CREATE INDEX exports_by_created_at ON exports (created_at, id);
