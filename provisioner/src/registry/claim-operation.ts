import type { Stack } from '#shared-schema/stacks/stack.ts';
import { HOSTNAME_COLUMNS, type HostnameRow, toHostnameRow } from './hostnames.ts';
import {
  OPERATION_COLUMNS,
  type OperationRow,
  STEP_COLUMNS,
  type StepRow,
  toOperationRow,
  toStepRow,
} from './operation-rows.ts';
import { STACK_COLUMNS, toStack } from './stack-rows.ts';

/** How long a driver holds an operation without a word: 30 seconds. Longer than the longest call of any step. */
export const LEASE_MS = 30_000;

/** An operation that this driver holds. Every write of it carries the generation, and only the newest one writes. */
export interface ClaimedOperation extends OperationRow {
  /** As they were before this claim began the first unfinished one. */
  readonly steps: readonly StepRow[];
  readonly stack: Stack;
  /** Every stack that the account has had, the operation's own among them. */
  readonly stacks: readonly Stack[];
  /** Those of its account. */
  readonly hostnames: readonly HostnameRow[];
}

export interface ClaimOptions {
  readonly operationId: string;
  /** Who claims: unique to this claim. */
  readonly driver: string;
  readonly now: number;
}

/**
 * Takes an operation that nobody holds, and begins its first unfinished step, in one transaction. Null where another
 * driver holds it, where it waits for its next try, where it has ended or where there is none.
 */
export async function claimOperation(
  registry: D1Database,
  options: ClaimOptions,
): Promise<ClaimedOperation | null> {
  const { operationId, driver, now } = options;
  const [claimed, steps, , stacks, hostnames] = await registry.batch([
    registry
      .prepare(
        `UPDATE operations SET status = 'running', generation = generation + 1, driver = ?2, available_at = ?3, updated_at = ?4
         WHERE id = ?1 AND status IN ('pending', 'running') AND available_at <= ?4 RETURNING ${OPERATION_COLUMNS}`,
      )
      .bind(operationId, driver, now + LEASE_MS, now),
    registry
      .prepare(`SELECT ${STEP_COLUMNS} FROM operation_steps WHERE operation_id = ? ORDER BY position`)
      .bind(operationId),
    registry
      .prepare(
        `UPDATE operation_steps SET status = 'running', attempts = attempts + 1, started_at = COALESCE(started_at, ?3)
         WHERE operation_id = ?1 AND EXISTS (SELECT 1 FROM operations WHERE id = ?1 AND driver = ?2)
         AND position = (SELECT MIN(position) FROM operation_steps WHERE operation_id = ?1 AND status <> 'succeeded')`,
      )
      .bind(operationId, driver, now),
    registry
      .prepare(
        `SELECT ${STACK_COLUMNS} FROM stacks WHERE id = (SELECT stack_id FROM operations WHERE id = ?1)
         OR account_id = (SELECT account_id FROM operations WHERE id = ?1) ORDER BY id`,
      )
      .bind(operationId),
    registry
      .prepare(
        `SELECT ${HOSTNAME_COLUMNS} FROM hostnames
         WHERE account_id = (SELECT account_id FROM operations WHERE id = ?)`,
      )
      .bind(operationId),
  ]);
  const row = claimed?.results[0];
  if (row === undefined) return null;
  const operation = toOperationRow(row);
  const all = (stacks?.results ?? []).map(toStack);
  const stack = all.find(({ id }) => id === operation.stack_id);
  if (!stack) throw new TypeError(`Operation ${operationId} has no stack.`);
  return {
    ...operation,
    ...{ stack, stacks: all },
    steps: (steps?.results ?? []).map(toStepRow),
    hostnames: (hostnames?.results ?? []).map(toHostnameRow),
  };
}
