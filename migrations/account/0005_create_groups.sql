-- groups: teams of users; a user names their own in group_ids.
CREATE TABLE groups (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  version INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  deleted_at INTEGER,
  name TEXT NOT NULL GENERATED ALWAYS AS (COALESCE(body ->> '$.name', '')) VIRTUAL
);

CREATE INDEX groups_by_id ON groups (id) WHERE deleted_at IS NULL;
CREATE INDEX groups_by_name ON groups (name, id) WHERE deleted_at IS NULL;
CREATE INDEX groups_by_created_at ON groups (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX groups_by_updated_at ON groups (updated_at, id) WHERE deleted_at IS NULL;
