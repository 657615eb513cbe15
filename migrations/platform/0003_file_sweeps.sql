-- file_sweeps: how far the sweep of each file store has come, by its residency.
CREATE TABLE file_sweeps (
  bucket TEXT PRIMARY KEY NOT NULL,
  position TEXT NOT NULL,
  available_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
