import { CONTROL_CALL_TIMEOUT_MS } from '#provisioner/account-worker/control-client.ts';
import { ROUTE_LIFETIME_MS } from '#shared-schema/accounts/route-lifetime.ts';
import type { SqliteRegistry } from '#test/support/sqlite-registry.ts';
import type { Driver } from './driver.ts';

type Row = Readonly<Record<string, unknown>>;
type Rows = ReadonlyMap<string, Row>;

interface Snapshot {
  readonly operations: Rows;
  readonly steps: Rows;
  readonly stacks: Rows;
  readonly accounts: Rows;
  readonly exports: Rows;
}

const NO_ROWS: Rows = new Map();
const NOTHING: Snapshot = {
  ...{ operations: NO_ROWS, steps: NO_ROWS, stacks: NO_ROWS, accounts: NO_ROWS, exports: NO_ROWS },
};

/** How the status of an operation may change. Only an admin makes a failed one pending again. */
const OPERATION_CHANGES = new Set([
  ...['pending running', 'running succeeded', 'running failed', 'failed pending'],
]);
const STEP_CHANGES = new Set([
  ...['pending running', 'running succeeded', 'running failed', 'failed running'],
]);

/** Looks at the registry after every call on it and tells what ought not to have happened. */
export class RegistryWatch {
  readonly #registry: SqliteRegistry;
  #changes = 0;
  #last: Snapshot = NOTHING;

  constructor(registry: SqliteRegistry) {
    this.#registry = registry;
  }

  /** What is wrong with the writes that the driver just made. */
  problems(driver: Driver, now: number): string[] {
    const changes = Number(this.#registry.rows('SELECT total_changes() AS n')[0]?.n);
    if (changes === this.#changes) return [];
    this.#changes = changes;
    const [before, after] = [this.#last, this.#snapshot()];
    this.#last = after;
    const held = heldBy(driver, before, after);
    return [
      ...changed(before.operations, after.operations).flatMap(([was, is]) => operationProblems(was, is, now)),
      ...changed(before.steps, after.steps).flatMap(([was, is]) => [
        ...stepProblems(was, is),
        ...hastyProblems(is, after.operations.get(String(is.operation_id))),
      ]),
      ...atOnce(after),
      ...interleaved(driver, held, before, after),
    ];
  }

  #snapshot(): Snapshot {
    const read = (sql: string): Rows => {
      return new Map(this.#registry.rows(sql).map((row) => [String(row.key), row]));
    };
    return {
      operations: read(`SELECT id AS key, * FROM operations`),
      steps: read(
        `SELECT operation_id || '/' || position AS key, operation_id, name, status, attempts, started_at, finished_at
         FROM operation_steps`,
      ),
      stacks: read(`SELECT id AS key, id AS stack_id, * FROM stacks`),
      accounts: read(`SELECT id AS key, id AS account_id, body FROM accounts`),
      exports: read(`SELECT id AS key, * FROM exports`),
    };
  }
}

function changed(before: Rows, after: Rows): [was: Row, is: Row][] {
  return [...after].flatMap(([key, is]) => {
    const was = before.get(key);
    return was && JSON.stringify(was) !== JSON.stringify(is) ? [[was, is]] : [];
  });
}

/** The operations that the driver held before its write, or holds since. */
function heldBy({ idPrefix }: Driver, before: Snapshot, after: Snapshot): Row[] {
  const isHeld = ({ driver }: Row) => String(driver).includes(`:${idPrefix}-`);
  return [...before.operations.values()].filter(isHeld).concat([...after.operations.values()].filter(isHeld));
}

/** Rows that a driver changed of an operation that it did not hold, other than by an admin's retry. */
function interleaved(driver: Driver, held: readonly Row[], before: Snapshot, after: Snapshot): string[] {
  if (driver.name.startsWith('admin')) return [];
  const holds = (column: string, value: unknown) => held.some((operation) => operation[column] === value);
  // What a restored stack takes the place of is the account's as well.
  const holdsStack = ({ stack_id, account_id }: Row) =>
    holds('stack_id', stack_id) || (account_id !== null && holds('account_id', account_id));
  const strange = [
    ...changed(before.operations, after.operations).filter(([, is]) => !holds('key', is.key)),
    ...changed(before.steps, after.steps).filter(([, is]) => !holds('key', is.operation_id)),
    ...changed(before.stacks, after.stacks).filter(([was, is]) => !holdsStack(is) && !isClaimed(was, is)),
    ...changed(before.accounts, after.accounts).filter(([, is]) => !holds('account_id', is.account_id)),
    ...changed(before.exports, after.exports).filter(([, is]) => !holds('key', is.key)),
  ];
  return strange.map(([, is]) => `${driver.name} wrote to ${String(is.key)}, which another driver holds`);
}

/** A signup takes a stack that is ready and nobody's. */
function isClaimed(was: Row, is: Row): boolean {
  return was.status === 'ready' && was.account_id === null && is.status === 'claimed';
}

/** Accounts and stacks of the pool on which two operations are at work. */
function atOnce({ operations }: Snapshot): string[] {
  const open = [...operations.values()].filter(({ status }) => status === 'pending' || status === 'running');
  const [subjects, targets] = [
    open.map(({ account_id, stack_id }) => account_id ?? stack_id),
    new Set<unknown>(),
  ];
  return subjects.flatMap((subject) => {
    if (!targets.has(subject)) targets.add(subject);
    else return [`two operations are at work on ${subject}`];
    return [];
  });
}

function operationProblems(was: Row, is: Row, now: number): string[] {
  const problems: string[] = [];
  const [before, after] = [Number(was.generation), Number(is.generation)];
  if (was.status !== is.status && !OPERATION_CHANGES.has(`${was.status} ${is.status}`)) {
    problems.push(`an operation went from ${was.status} to ${is.status}`);
  }
  const claimed = was.driver !== is.driver;
  if (after !== before + (claimed ? 1 : 0)) problems.push(`generation ${before} became ${after}`);
  if (claimed && Number(was.available_at) > now)
    problems.push('an operation was claimed that a driver holds');
  if (claimed && Number(is.available_at) - Number(is.updated_at) < CONTROL_CALL_TIMEOUT_MS) {
    problems.push('a claim does not last for the longest call');
  }
  if (is.status === 'succeeded' && is.input !== '{}') problems.push('a finished operation kept its input');
  return problems;
}

/** Nobody is led to where an address led before the operation, once this step has succeeded. */
function hastyProblems(step: Row, operation: Row | undefined): string[] {
  if (step.name !== 'await-route-expiry' || step.status !== 'succeeded') return [];
  const waited = Number(step.finished_at) - Number(operation?.created_at);
  return waited < ROUTE_LIFETIME_MS ? [`${step.name} waited for ${waited} ms only`] : [];
}

function stepProblems(was: Row, is: Row): string[] {
  const problems: string[] = [];
  if (was.status === 'succeeded') problems.push(`the success of ${is.name} was recorded twice`);
  if (was.status !== is.status && !STEP_CHANGES.has(`${was.status} ${is.status}`)) {
    problems.push(`${is.name} went from ${was.status} to ${is.status}`);
  }
  if (Number(is.attempts) - Number(was.attempts) > 1) problems.push(`${is.name} skipped an attempt`);
  if (was.started_at !== null && was.started_at !== is.started_at) {
    problems.push(`${is.name} started twice`);
  }
  return problems;
}
