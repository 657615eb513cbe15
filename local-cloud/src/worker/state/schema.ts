/** The tables of the cloud's own state. Every statement is safe to repeat. */
export const STATE_SCHEMA = [
  `CREATE TABLE IF NOT EXISTS slots (
     slot INTEGER PRIMARY KEY,
     status TEXT NOT NULL CHECK (status IN ('free', 'used', 'dirty')),
     freed_at INTEGER NOT NULL DEFAULT 0
   ) STRICT`,
  `CREATE INDEX IF NOT EXISTS slots_by_status ON slots (status, freed_at, slot)`,
  `CREATE TABLE IF NOT EXISTS databases (
     uuid TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     slot INTEGER UNIQUE REFERENCES slots (slot),
     created_at TEXT NOT NULL,
     jurisdiction TEXT,
     read_replication TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS namespaces (
     name TEXT PRIMARY KEY,
     namespace_id TEXT NOT NULL,
     created_on TEXT NOT NULL,
     modified_on TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS scripts (
     namespace TEXT NOT NULL REFERENCES namespaces (name) ON DELETE CASCADE,
     name TEXT NOT NULL,
     version TEXT NOT NULL,
     etag TEXT NOT NULL,
     created_on TEXT NOT NULL,
     modified_on TEXT NOT NULL,
     body TEXT NOT NULL CHECK (json_valid(body)),
     PRIMARY KEY (namespace, name)
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS custom_hostnames (
     id TEXT PRIMARY KEY,
     zone_id TEXT NOT NULL,
     hostname TEXT NOT NULL UNIQUE,
     created_at TEXT NOT NULL,
     verified_at INTEGER,
     body TEXT NOT NULL CHECK (json_valid(body))
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS fallback_origins (
     zone_id TEXT PRIMARY KEY,
     origin TEXT NOT NULL,
     active_at INTEGER,
     created_at TEXT NOT NULL,
     updated_at TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS transfers (
     id TEXT PRIMARY KEY,
     database TEXT NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('export', 'import')),
     filename TEXT NOT NULL,
     bookmark TEXT,
     outcome TEXT,
     expires_at INTEGER NOT NULL
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS buckets (
     jurisdiction TEXT NOT NULL,
     name TEXT NOT NULL,
     creation_date TEXT NOT NULL,
     location TEXT NOT NULL,
     storage_class TEXT NOT NULL,
     PRIMARY KEY (jurisdiction, name)
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS workers (
     name TEXT PRIMARY KEY,
     tag TEXT NOT NULL,
     version_id TEXT NOT NULL REFERENCES worker_versions (id),
     deployment_id TEXT NOT NULL,
     source TEXT NOT NULL,
     created_on TEXT NOT NULL,
     modified_on TEXT NOT NULL,
     settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
     subdomain TEXT NOT NULL DEFAULT '{"enabled":false,"previews_enabled":false}' CHECK (json_valid(subdomain)),
     schedules TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(schedules))
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS worker_versions (
     id TEXT PRIMARY KEY,
     worker TEXT NOT NULL,
     number INTEGER NOT NULL,
     etag TEXT NOT NULL,
     source TEXT NOT NULL,
     created_on TEXT NOT NULL,
     body TEXT NOT NULL CHECK (json_valid(body)),
     UNIQUE (worker, number)
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS worker_routes (
     id TEXT PRIMARY KEY,
     zone_id TEXT NOT NULL,
     pattern TEXT NOT NULL,
     worker TEXT NOT NULL,
     UNIQUE (zone_id, pattern)
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS workflows (
     name TEXT PRIMARY KEY,
     id TEXT NOT NULL,
     worker TEXT NOT NULL,
     class_name TEXT NOT NULL,
     jurisdiction TEXT,
     created_on TEXT NOT NULL,
     modified_on TEXT NOT NULL
   ) STRICT`,
];
