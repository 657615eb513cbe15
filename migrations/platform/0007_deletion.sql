-- When the grace of a deleted account ends, for the pass that looks for those whose time has come.
ALTER TABLE accounts ADD COLUMN purge_after INTEGER GENERATED ALWAYS AS (body ->> '$.deletion.purge_after') VIRTUAL;
CREATE INDEX accounts_by_purge_after ON accounts (purge_after, id) WHERE purge_after IS NOT NULL;
