import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { isFinished, type Operation } from '#shared-schema/operations/operation.ts';
import { OPERATION_COLUMNS, STEP_COLUMNS, toOperation, toOperationRow, toStepRow } from './operation-rows.ts';

/** Error: `OPERATION_NOT_FOUND`. */
export async function getOperation(registry: D1Database, operationId: string): Promise<Operation> {
  const [operation, steps] = await registry.batch([
    registry.prepare(`SELECT ${OPERATION_COLUMNS} FROM operations WHERE id = ?`).bind(operationId),
    registry
      .prepare(`SELECT ${STEP_COLUMNS} FROM operation_steps WHERE operation_id = ? ORDER BY position`)
      .bind(operationId),
  ]);
  const row = operation?.results[0];
  if (row === undefined) throw new PlatformError('OPERATION_NOT_FOUND');
  return toOperation(toOperationRow(row), (steps?.results ?? []).map(toStepRow));
}

/** When a driver may take the operation, or null where it has ended or there is none. */
export async function operationAvailableAt(
  registry: D1Database,
  operationId: string,
): Promise<number | null> {
  const row = await registry
    .prepare(`SELECT available_at FROM operations WHERE id = ? AND status IN ('pending', 'running')`)
    .bind(operationId)
    .first<{ available_at: number }>();
  return row?.available_at ?? null;
}

/** The operations that nobody has worked on since the given time, the longest waiting first. */
export async function abandonedOperations(
  registry: D1Database,
  before: number,
  limit: number,
): Promise<string[]> {
  const { results } = await registry
    .prepare(
      `SELECT id FROM operations WHERE status IN ('pending', 'running') AND available_at <= ? ORDER BY available_at, id LIMIT ?`,
    )
    .bind(before, limit)
    .all<{ id: string }>();
  return results.map((row) => row.id);
}

/**
 * Makes a failed operation pending again, and an account that failed with it provisioning. Errors: `OPERATION_NOT_FOUND`;
 * `OPERATION_NOT_RETRYABLE` where it has not failed, or another has begun on the account since; `OPERATION_IN_PROGRESS`
 * where the account has another at work.
 */
export async function retryOperation(registry: D1Database, operationId: string, now: number): Promise<void> {
  const operation = await getOperation(registry, operationId);
  if (operation.status !== 'failed') throw new PlatformError('OPERATION_NOT_RETRYABLE');
  const [pending] = await registry.batch([
    registry
      .prepare(
        `UPDATE operations SET status = 'pending', available_at = ?2, finished_at = NULL, updated_at = ?2
         WHERE id = ?1 AND status = 'failed' AND NOT EXISTS (SELECT 1 FROM operations AS later
           WHERE (later.account_id = operations.account_id OR later.stack_id = operations.stack_id)
           AND later.id > operations.id) RETURNING id`,
      )
      .bind(operationId, now),
    registry
      .prepare(
        `UPDATE accounts SET body = json_set(body, '$.status', 'provisioning'), version = version + 1, updated_at = ?2
         WHERE status = 'failed' AND id = (SELECT account_id FROM operations WHERE id = ?1 AND status = 'pending')`,
      )
      .bind(operationId, now),
  ]);
  if (pending?.results.length === 1) return;
  const later = await registry
    .prepare(
      `SELECT later.id, later.status FROM operations AS later JOIN operations AS this ON this.id = ?
       WHERE (later.account_id = this.account_id OR later.stack_id = this.stack_id) AND later.id > this.id
       ORDER BY later.id DESC LIMIT 1`,
    )
    .bind(operationId)
    .first<Pick<Operation, 'id' | 'status'>>();
  const atWork = later && !isFinished(later);
  throw new PlatformError(atWork ? 'OPERATION_IN_PROGRESS' : 'OPERATION_NOT_RETRYABLE', {
    context: { later_operation_id: later?.id },
  });
}
