-- The ids of the public keys that the stack's Worker was uploaded with last, as a JSON list; null until it is uploaded again.
ALTER TABLE stacks ADD COLUMN observed_keys TEXT CHECK (observed_keys IS NULL OR json_valid(observed_keys));

-- How many stacks run a release, from the index alone.
CREATE INDEX stacks_by_observed_release ON stacks (observed_release_id, status);
