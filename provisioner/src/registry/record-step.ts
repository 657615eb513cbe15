import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { OperationError } from '#shared-schema/operations/operation.ts';
import type {
  AccountChange,
  HostnameChange,
  OperationFacts,
  StepResult,
  StepWait,
  UploadedKeys,
} from '../operations/operation-step.ts';
import { changeAccount } from './change-account.ts';
import { type ClaimedOperation, LEASE_MS } from './claim-operation.ts';
import { type EventRecord, insertEvent } from './events.ts';
import { insertExport, verifyExport } from './exports.ts';
import { changeHostname } from './hostnames.ts';

const FENCE = `EXISTS (SELECT 1 FROM operations WHERE id = ? AND generation = ? AND status = 'running')`;

interface StepEnd {
  /** What the stack's Worker was uploaded with, where it was. */
  readonly uploaded?: UploadedKeys | undefined;
  readonly now: number;
}

export interface StepSuccess extends StepEnd {
  readonly position: number;
  readonly result: StepResult;
  /** What is written once the whole operation has succeeded; null where a further step begins. */
  readonly event: EventRecord | null;
}

/**
 * Records that a step succeeded, with what it found, and in the same transaction begins the next step or ends the
 * operation. An operation that succeeded keeps nothing of its input and its
 * facts. Error: `LEASE_LOST`, and then nothing is written.
 */
export async function recordStepSuccess(
  registry: D1Database,
  operation: ClaimedOperation,
  success: StepSuccess,
) {
  const { position, result, uploaded, event, now } = success;
  const fence = [operation.id, operation.generation] as const;
  const statements = [
    registry
      .prepare(
        `UPDATE operation_steps SET status = 'succeeded', finished_at = ?, error = NULL
         WHERE operation_id = ? AND position = ? AND ${FENCE}`,
      )
      .bind(now, operation.id, position, ...fence),
    registry
      .prepare(
        `UPDATE operation_steps SET status = 'running', attempts = attempts + 1, started_at = COALESCE(started_at, ?)
         WHERE operation_id = ? AND position = ? AND ${FENCE}`,
      )
      .bind(now, operation.id, position + 1, ...fence),
  ];
  // The account's addresses lead to one stack: where another begins to serve, the one before is kept and serves no more.
  if (result.stack?.status === 'serving') statements.push(retireOthers(registry, operation, now));
  if (result.stack) statements.push(updateStack(registry, operation, result.stack, now));
  if (uploaded) statements.push(updateStack(registry, operation, uploaded, now));
  if (result.account) statements.push(...updateAccount(registry, operation, result.account, now));
  if (result.hostname) statements.push(updateHostname(registry, operation, result.hostname, now));
  if (result.facts) statements.push(addFacts(registry, operation, result.facts));
  if (result.export) statements.push(recordExport(registry, operation, result.export, now));
  if (event) statements.push(insertEvent(registry, event, { sql: FENCE, params: fence }));
  statements.push(
    event ? endOperation(registry, operation, now) : holdUntil(registry, operation, now + LEASE_MS, now),
  );
  await writeFenced(registry, statements);
}

/**
 * Records that a step is to run again at a time, with what it found so far. Nobody holds the operation until then. Error:
 * `LEASE_LOST`, and then nothing is written.
 */
export async function recordStepWait(
  registry: D1Database,
  operation: ClaimedOperation,
  { waitUntil, stack, facts, uploaded, now }: StepWait & StepEnd,
) {
  await writeFenced(registry, [
    ...(stack ? [updateStack(registry, operation, stack, now)] : []),
    ...(uploaded ? [updateStack(registry, operation, uploaded, now)] : []),
    ...(facts ? [addFacts(registry, operation, facts)] : []),
    holdUntil(registry, operation, waitUntil, now),
  ]);
}

function recordExport(
  registry: D1Database,
  operation: ClaimedOperation,
  made: NonNullable<StepResult['export']>,
  now: number,
): D1PreparedStatement {
  const fence = { sql: FENCE, params: [operation.id, operation.generation] };
  return made === 'verified'
    ? verifyExport(registry, operation.id, now, fence)
    : insertExport(registry, operation, made, now, fence);
}

/**
 * The driver holds the operation for another lease from now, while a step takes long. Error: `LEASE_LOST`, and then nothing
 * is written.
 */
export async function renewLease(
  registry: D1Database,
  operation: ClaimedOperation,
  now: number,
): Promise<void> {
  const renewed = registry
    .prepare(
      `UPDATE operations SET available_at = ?, updated_at = ? WHERE id = ? AND generation = ? AND status = 'running' RETURNING id`,
    )
    .bind(now + LEASE_MS, now, operation.id, operation.generation);
  await writeFenced(registry, [renewed]);
}

export interface StepFailure extends StepEnd {
  readonly position: number;
  readonly error: OperationError;
  /** What the account becomes; it stays as it is where this is undefined. */
  readonly accountStatus: AccountStatus | undefined;
  /** When the step may be tried again, or null where the operation ends as failed. */
  readonly retryAt: number | null;
  readonly event: EventRecord | null;
}

/** Records that a step failed: to be tried again, or for good. Error: `LEASE_LOST`, and then nothing is written. */
export async function recordStepFailure(
  registry: D1Database,
  operation: ClaimedOperation,
  failure: StepFailure,
) {
  const { position, accountStatus, retryAt, uploaded, event, now } = failure;
  const error = JSON.stringify(failure.error);
  const status = retryAt === null ? 'failed' : 'running';
  const fence = [operation.id, operation.generation] as const;
  const statements = [
    registry
      .prepare(
        `UPDATE operation_steps SET status = ?, finished_at = ?, error = ? WHERE operation_id = ? AND position = ? AND ${FENCE}`,
      )
      .bind(status, retryAt === null ? now : null, error, operation.id, position, ...fence),
  ];
  if (uploaded) statements.push(updateStack(registry, operation, uploaded, now));
  if (accountStatus) {
    statements.push(...updateAccount(registry, operation, { status: accountStatus }, now));
  }
  if (event) statements.push(insertEvent(registry, event, { sql: FENCE, params: fence }));
  statements.push(
    registry
      .prepare(
        `UPDATE operations SET status = ?, available_at = ?, error = ?, finished_at = ?, updated_at = ?
         WHERE id = ? AND generation = ? AND status = 'running' RETURNING id`,
      )
      .bind(status, retryAt ?? now, error, retryAt === null ? now : null, now, ...fence),
  );
  await writeFenced(registry, statements);
}

/** The last statement answers a row exactly where the fence held; all statements saw the same moment. */
async function writeFenced(registry: D1Database, statements: D1PreparedStatement[]): Promise<void> {
  const results = await registry.batch(statements);
  if (results.at(-1)?.results.length !== 1) throw new PlatformError('LEASE_LOST');
}

/** The operation goes on: no other driver takes it before the time. */
function holdUntil(
  registry: D1Database,
  operation: ClaimedOperation,
  availableAt: number,
  now: number,
): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE operations SET available_at = ?, error = NULL, updated_at = ?
       WHERE id = ? AND generation = ? AND status = 'running' RETURNING id`,
    )
    .bind(availableAt, now, operation.id, operation.generation);
}

function endOperation(registry: D1Database, operation: ClaimedOperation, now: number): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE operations SET status = 'succeeded', input = '{}', facts = '{}', error = NULL, finished_at = ?, updated_at = ?
       WHERE id = ? AND generation = ? AND status = 'running' RETURNING id`,
    )
    .bind(now, now, operation.id, operation.generation);
}

function addFacts(registry: D1Database, operation: ClaimedOperation, facts: OperationFacts) {
  return registry
    .prepare(
      `UPDATE operations SET facts = json_patch(facts, ?) WHERE id = ? AND generation = ? AND status = 'running'`,
    )
    .bind(JSON.stringify(facts), operation.id, operation.generation);
}

function retireOthers(registry: D1Database, operation: ClaimedOperation, now: number): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE stacks SET status = 'retired', updated_at = ?
       WHERE account_id = ? AND status = 'serving' AND id <> ? AND ${FENCE}`,
    )
    .bind(now, operation.account_id, operation.stack_id, operation.id, operation.generation);
}

function updateStack(
  registry: D1Database,
  operation: ClaimedOperation,
  changes: NonNullable<StepResult['stack']> | UploadedKeys,
  now: number,
): D1PreparedStatement {
  const columns = Object.keys(changes).map((column) => `${column} = ?`);
  return registry
    .prepare(`UPDATE stacks SET ${[...columns, 'updated_at = ?'].join(', ')} WHERE id = ? AND ${FENCE}`)
    .bind(...Object.values(changes), now, operation.stack_id, operation.id, operation.generation);
}

function updateHostname(
  registry: D1Database,
  operation: ClaimedOperation,
  change: HostnameChange,
  now: number,
): D1PreparedStatement {
  const { id, generation } = operation;
  const options = { accountId: requireAccountId(operation), change, now };
  return changeHostname(registry, options, { sql: FENCE, params: [id, generation] });
}

function updateAccount(
  registry: D1Database,
  operation: ClaimedOperation,
  change: AccountChange,
  now: number,
): D1PreparedStatement[] {
  const { id, generation } = operation;
  const options = { accountId: requireAccountId(operation), change, now };
  return changeAccount(registry, options, { sql: FENCE, params: [id, generation] });
}

function requireAccountId({ account_id: accountId, kind, id }: ClaimedOperation): string {
  if (accountId === null) throw new TypeError(`${kind} ${id} is of no account.`);
  return accountId;
}
