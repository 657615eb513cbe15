import { exportDisagreements } from './expect-exports.ts';
import { schemaOf, UNWELL_RELEASE } from './model-releases.ts';
import { IS_SETTLED, type World } from './world.ts';

/** What must hold once all is quiet: cloud, registry and ledger tell the same, and nothing is left over. */
export function disagreements(world: World): string[] {
  const { registry, cloud } = world;
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  for (const operation of registry.rows(
    `SELECT * FROM operations WHERE status <> 'failed' OR NOT ${IS_SETTLED}`,
  )) {
    must(operation.status === 'succeeded', `${operation.id} is ${operation.status}`);
    must(operation.input === '{}', `${operation.id} keeps its input`);
    const [ends] = registry.rows(
      `SELECT COUNT(*) AS n FROM events WHERE action = ? AND json_extract(after, '$.operation_id') = ?`,
      `${operation.kind}.succeeded`,
      String(operation.id),
    );
    must(ends?.n === 1, `${operation.id} has ${ends?.n} events of success`);
  }
  const [unfinished] = registry.rows(`SELECT COUNT(*) AS n FROM operation_steps WHERE status <> 'succeeded'
    AND operation_id NOT IN (SELECT id FROM operations WHERE ${IS_SETTLED})`);
  must(unfinished?.n === 0, `${unfinished?.n} steps have not succeeded`);

  // What a restored stack took the place of is kept until its account is purged.
  const stacks = registry.rows(`SELECT * FROM stacks WHERE status <> 'retired'
    OR account_id NOT IN (SELECT id FROM accounts WHERE status = 'deleted')`);
  const names = stacks.map(({ id }) => `fh-${id}`).sort();
  const held = [...cloud.databases.values()]
    .flatMap(({ name }) => (name.startsWith('fh-verify-') ? [] : [name]))
    .sort();
  must(held.join() === names.join(), `databases ${held.join()} for stacks ${names.join()}`);
  must([...cloud.scripts.keys()].sort().join() === names.join(), 'the Workers are not those of the stacks');
  for (const stack of stacks) {
    const script = cloud.scripts.get(String(stack.worker_name));
    const database = cloud.databases.get(String(stack.database_id));
    must(database?.name === `fh-${stack.id}`, `${stack.id} does not know its database`);
    must(database?.jurisdiction === stack.residency, `${stack.id} lies elsewhere`);
    must(script?.databaseId === stack.database_id, `the Worker of ${stack.id} has another database`);
    must(script?.texts.STACK_ID === stack.id, `the Worker of ${stack.id} is another stack's`);
    const release = String(stack.release_id);
    must(release !== UNWELL_RELEASE, `${stack.id} runs a release that is unwell`);
    must(script?.texts.RELEASE_ID === release, `${stack.id} runs another release`);
    must(stack.observed_release_id === release, `another release of ${stack.id} was seen`);
    must(Number(database?.schemaVersion) >= schemaOf(release), `${stack.id} has no schema`);
    must(stack.observed_schema_version === database?.schemaVersion, `the schema of ${stack.id} was not seen`);
    must(database?.accountId === stack.account_id, `${stack.id} is another account's`);
    must(
      (database?.ownerId === null) === (stack.account_id === null),
      `${stack.id} has no owner, or one too many`,
    );
    const writes = world.writes.get(String(stack.database_id)) ?? 0;
    must(database?.writes === writes, `${stack.id} holds ${database?.writes} writes`);
    must(stack.account_id !== null || stack.status === 'ready', `${stack.id} of the pool is ${stack.status}`);
  }
  const targets = registry.rows(`SELECT stack_id, status, to_release_id,
    (SELECT release_id FROM stacks WHERE id = stack_id) AS release_id FROM rollout_targets
    WHERE rollout_id IN (SELECT id FROM rollouts WHERE status <> 'planned')`);
  for (const { stack_id, status, to_release_id, release_id } of targets) {
    must(
      status === 'done' && to_release_id === release_id,
      `${stack_id} of a rollout is ${status} on ${release_id}`,
    );
  }
  const kept = registry.rows('SELECT hostname, custom_hostname_id AS id FROM hostnames ORDER BY id');
  const there = [...cloud.hostnames.values()].map(({ hostname, id }) => ({ hostname, id }));
  must(JSON.stringify(kept) === JSON.stringify(there), 'the hostnames are not those of the accounts');
  const accounts =
    registry.rows(`SELECT accounts.id, accounts.status, COUNT(stacks.id) AS serving FROM accounts
    LEFT JOIN stacks ON stacks.account_id = accounts.id AND stacks.status = 'serving' GROUP BY accounts.id`);
  for (const { id, status, serving } of accounts) {
    const expected = world.statuses.get(String(id)) ?? 'active';
    must(
      status === expected && serving === (status === 'deleted' ? 0 : 1),
      `account ${id} is ${status} with ${serving} stacks`,
    );
  }
  return [...problems, ...exportDisagreements(world)];
}
