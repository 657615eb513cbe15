import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Operation, OperationKind } from '#shared-schema/operations/operation.ts';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import { OPERATION_KINDS } from '../operations/operation-kinds.ts';
import { type EventRecord, insertEvent, type SqlCondition } from './events.ts';
import { insertOperation } from './insert-operation.ts';

export interface BeginOptions {
  /** As {@link newOperation} makes it, of an account. */
  readonly operation: Operation & { readonly account_id: string };
  /** For the steps. It is emptied when the operation succeeds. */
  readonly input: unknown;
  readonly event: EventRecord;
  /** The id of a stack that is made beside the account's own, like it, for the operation to work on. */
  readonly newStackId?: string;
  /** What must hold besides, in the same transaction. */
  readonly condition: SqlCondition;
  /** What is written besides where the operation began; each carries the given condition. */
  readonly alongside: (begun: SqlCondition) => readonly D1PreparedStatement[];
}

/** The stack that an operation on the account works on: the one that serves, else the newest that was to. */
const STACK_OF_ACCOUNT = `(SELECT id FROM stacks WHERE account_id = ? AND status IN ('building', 'claimed', 'serving')
  ORDER BY status = 'serving' DESC, id DESC LIMIT 1)`;

/**
 * Records an operation on an account, and what the account becomes by it, in one transaction; false where the account's
 * status does not allow it, another operation is at work on it, or the condition does not hold. Only one of any number of
 * callers at once begins. What refused tells {@link beginRefusal}.
 */
export async function beginOperation(registry: D1Database, options: BeginOptions): Promise<boolean> {
  const { operation, input, event, newStackId, alongside } = options;
  const { id, kind, account_id: accountId, created_at: now } = operation;
  const { from, beginsAs } = OPERATION_KINDS[kind];
  const begun: SqlCondition = { sql: 'EXISTS (SELECT 1 FROM operations WHERE id = ?)', params: [id] };
  const condition: SqlCondition = {
    sql: `${STACK_OF_ACCOUNT} IS NOT NULL
      AND EXISTS (SELECT 1 FROM accounts WHERE id = ? AND status IN (${from.map(() => '?').join(', ')}))
      AND NOT EXISTS (SELECT 1 FROM operations WHERE account_id = ? AND status IN ('pending', 'running'))
      AND ${options.condition.sql}`,
    params: [accountId, accountId, ...from, accountId, ...options.condition.params],
  };
  const stack: SqlCondition = newStackId
    ? { sql: '?', params: [newStackId] }
    : { sql: STACK_OF_ACCOUNT, params: [accountId] };
  const before = newStackId ? [insertStackBeside(registry, { accountId, newStackId, now }, condition)] : [];
  const results = await registry.batch([
    ...before,
    ...insertOperation(registry, { operation, input, stack }, condition),
    ...(beginsAs ? becomes(registry, accountId, beginsAs, now, begun) : []),
    insertEvent(registry, event, begun),
    ...alongside(begun),
  ]);
  return results[before.length]?.results.length === 1;
}

function insertStackBeside(
  registry: D1Database,
  { accountId, newStackId, now }: { accountId: string; newStackId: string; now: number },
  condition: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(
      `INSERT INTO stacks
         (id, account_id, status, residency, cell, worker_name, dispatch_namespace, release_id, created_at, updated_at)
       SELECT ?, account_id, 'building', residency, cell, ?, dispatch_namespace, release_id, ?, ?
       FROM stacks WHERE id = ${STACK_OF_ACCOUNT} AND ${condition.sql}`,
    )
    .bind(newStackId, stackResourceName(newStackId), now, now, accountId, ...condition.params);
}

/** What the account was is a fact for the steps: they may lead it back. */
function becomes(
  registry: D1Database,
  accountId: string,
  status: AccountStatus,
  now: number,
  begun: SqlCondition,
): D1PreparedStatement[] {
  return [
    registry
      .prepare(
        `UPDATE operations SET facts = json_object('previous_status', (SELECT status FROM accounts WHERE id = account_id))
         WHERE ${begun.sql} AND id = ?`,
      )
      .bind(...begun.params, ...begun.params),
    registry
      .prepare(
        `UPDATE accounts SET body = json_set(body, '$.status', ?), version = version + 1, updated_at = ?
         WHERE id = ? AND ${begun.sql}`,
      )
      .bind(status, now, accountId, ...begun.params),
  ];
}

interface RefusalRow {
  readonly status: AccountStatus;
  readonly operation_id: string | null;
  readonly kind: string | null;
}

/**
 * Why an operation could not begin: `ACCOUNT_NOT_FOUND`, `OPERATION_IN_PROGRESS` (with which), `ACCOUNT_STATUS_CONFLICT`
 * (with the status it has, and those it needs); null where the account's state is not the reason.
 */
export async function beginRefusal(
  registry: D1Database,
  accountId: string,
  kind: OperationKind,
): Promise<PlatformError | null> {
  const row = await registry
    .prepare(
      `SELECT accounts.status, operations.id AS operation_id, operations.kind FROM accounts
       LEFT JOIN operations ON operations.account_id = accounts.id AND operations.status IN ('pending', 'running')
       WHERE accounts.id = ?`,
    )
    .bind(accountId)
    .first<RefusalRow>();
  if (row === null) return new PlatformError('ACCOUNT_NOT_FOUND');
  if (row.operation_id !== null) {
    const context = { operation_id: row.operation_id, kind: row.kind };
    return new PlatformError('OPERATION_IN_PROGRESS', { context, retryAfterMs: 1000 });
  }
  const { from } = OPERATION_KINDS[kind];
  if (from.includes(row.status)) return null;
  return new PlatformError('ACCOUNT_STATUS_CONFLICT', { context: { status: row.status, allowed: from } });
}
