-- Custom hostnames (docs/decisions/0029). The table of 0001 was never written.
DROP TABLE hostnames;

-- hostnames: only an active one leads to its account. custom_hostname_id is Cloudflare's, null until it has it; setup is what
-- Cloudflare asks the owner of the name for, as JSON; look_at is when Cloudflare is asked next whether it is verified.
CREATE TABLE hostnames (
  hostname TEXT PRIMARY KEY NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'removing')),
  custom_hostname_id TEXT,
  setup TEXT CHECK (setup IS NULL OR json_valid(setup)),
  look_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hostnames_by_account ON hostnames (account_id, hostname);
CREATE INDEX hostnames_to_look_at ON hostnames (look_at) WHERE status = 'pending' AND custom_hostname_id IS NOT NULL;
