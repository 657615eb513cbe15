-- Stacks that are made ahead of need: counted, claimed and brought up to date by residency.
CREATE INDEX stacks_in_pool ON stacks (residency, status, release_id, id) WHERE account_id IS NULL;
CREATE INDEX operations_by_stack ON operations (stack_id, id);
