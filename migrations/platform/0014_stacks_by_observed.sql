-- What releases and schemas the fleet runs, and how many stacks run a release, from one index alone: in the place of one that
-- did not hold the schema.
DROP INDEX stacks_by_observed_release;
CREATE INDEX stacks_by_observed ON stacks (status, observed_release_id, observed_schema_version);
