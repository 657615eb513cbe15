-- The release that new stacks get is the one that became current last: published, or started on by a rollout, or gone back to.
ALTER TABLE releases ADD COLUMN current_since INTEGER NOT NULL DEFAULT 0;
UPDATE releases SET current_since = created_at;
CREATE INDEX releases_by_current_since ON releases (current_since, id);

-- Rollouts (docs/decisions/0031). The tables of 0001 were never written.
DROP TABLE rollout_targets;
DROP TABLE rollouts;

-- rollouts: a release going out to a frozen set of stacks. One at a time is under way.
CREATE TABLE rollouts (
  id TEXT PRIMARY KEY NOT NULL,
  release_id TEXT NOT NULL REFERENCES releases (id),
  -- What new stacks got before it began, and get again where it is aborted or undone.
  previous_release_id TEXT NOT NULL REFERENCES releases (id),
  -- The rollout that this one undoes.
  undoes TEXT REFERENCES rollouts (id),
  status TEXT NOT NULL CHECK (status IN ('planned', 'running', 'paused', 'finished', 'aborted', 'rolled-back')),
  plan TEXT NOT NULL CHECK (json_valid(plan)),
  wave INTEGER NOT NULL DEFAULT 1,
  -- When the wave that is done may be judged and the next may begin.
  gate_at INTEGER,
  reason TEXT CHECK (reason IS NULL OR json_valid(reason)),
  generation INTEGER NOT NULL DEFAULT 0,
  -- The event that tells of what it became last.
  event_id TEXT,
  available_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX rollouts_under_way ON rollouts (1) WHERE status IN ('running', 'paused');
CREATE INDEX rollouts_by_status ON rollouts (status, id);
CREATE INDEX rollouts_by_created_at ON rollouts (created_at, id);

-- rollout_targets: one row a stack of a rollout; operation_id is the upgrade that was begun last.
CREATE TABLE rollout_targets (
  rollout_id TEXT NOT NULL REFERENCES rollouts (id),
  stack_id TEXT NOT NULL REFERENCES stacks (id),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  wave INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'done', 'failed', 'skipped')),
  from_release_id TEXT NOT NULL REFERENCES releases (id),
  to_release_id TEXT NOT NULL REFERENCES releases (id),
  operation_id TEXT REFERENCES operations (id),
  available_at INTEGER NOT NULL DEFAULT 0,
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (rollout_id, stack_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollout_targets_by_status ON rollout_targets (rollout_id, status, wave, available_at, stack_id);
CREATE INDEX rollout_targets_by_wave ON rollout_targets (rollout_id, wave, status, available_at, stack_id);
CREATE INDEX rollout_targets_by_stack ON rollout_targets (stack_id);

-- rollout_target_details: a target as an operator sees it.
CREATE VIEW rollout_target_details AS
SELECT stack_id AS id, rollout_id, stack_id, target.account_id, accounts.slug, wave, target.status, from_release_id, to_release_id,
  operation_id, target.error, target.updated_at,
  (SELECT name FROM operation_steps WHERE operation_steps.operation_id = target.operation_id AND operation_steps.status = 'failed') AS step
FROM rollout_targets AS target JOIN accounts ON accounts.id = target.account_id;

-- account_tags: names by which an operator groups accounts.
CREATE TABLE account_tags (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  tag TEXT NOT NULL,
  PRIMARY KEY (account_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_tags_by_tag ON account_tags (tag, account_id);
