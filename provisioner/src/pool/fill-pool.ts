import type { Residency } from '#shared-schema/accounts/account.ts';
import type { PoolSizes } from '#shared-schema/stacks/pool.ts';
import type { SqlCondition } from '../registry/events.ts';
import { insertStack, type StackPlace } from '../registry/insert-stack.ts';
import { LATEST_RELEASE } from '../registry/latest-release.ts';
import { retryOperation } from '../registry/operations.ts';
import { isBuilding, prepareStack } from './prepare-stack.ts';
import { readPool } from './read-pool.ts';

/** How many stacks one pass begins to make and to refresh at most, by residency. What is left waits for the next pass. */
export const STACKS_PER_PASS = 20;

/** A stack of the pool that could not be made is tried again after 10 minutes: it keeps its place, so failures do not pile up. */
export const RETRY_FAILED_AFTER_MS = 10 * 60_000;

export interface FillPoolPorts {
  readonly registry: D1Database;
  readonly sizes: PoolSizes;
  readonly place: StackPlace;
  readonly now: () => number;
  readonly newId: () => string;
}

/**
 * Records the operations that bring the pool to its size and its stacks to the latest release, and answers their ids for
 * somebody to drive. Any number may call it at once: the pool does not grow past its size.
 */
export async function fillPool(ports: FillPoolPorts): Promise<string[]> {
  const begun: string[] = [];
  for (const { residency, size, ready, building, stale } of await readPool(ports.registry, ports.sizes)) {
    const missing = Math.min(size - ready - building - stale, STACKS_PER_PASS);
    if (missing > 0) begun.push(...(await orderStacks(ports, residency, missing)));
    if (stale > 0) begun.push(...(await refreshStacks(ports, residency)));
  }
  return [...begun, ...(await retryFailed(ports))];
}

async function orderStacks(ports: FillPoolPorts, residency: Residency, count: number): Promise<string[]> {
  const { registry, sizes, place, newId } = ports;
  const now = ports.now();
  const room: SqlCondition = {
    sql: `${LATEST_RELEASE} IS NOT NULL AND (SELECT COUNT(*) FROM stacks
      WHERE account_id IS NULL AND status IN ('building', 'ready') AND residency = ?) < ?`,
    params: [residency, sizes[residency] ?? 0],
  };
  const orders = Array.from({ length: count }, () => ({ stackId: newId(), operationId: newId() }));
  const results = await registry.batch(
    orders.flatMap(({ stackId, operationId }) => {
      const ordered: SqlCondition = { sql: 'EXISTS (SELECT 1 FROM stacks WHERE id = ?)', params: [stackId] };
      return [
        insertStack(registry, { id: stackId, accountId: null, residency, ...place, now }, room),
        ...prepareStack({ ...ports, actor: 'pool' }, { stackId, operationId, now }, ordered),
      ];
    }),
  );
  return begunIn(results);
}

async function refreshStacks(ports: FillPoolPorts, residency: Residency): Promise<string[]> {
  const { registry, newId } = ports;
  const now = ports.now();
  const { results: stale } = await registry
    .prepare(
      `SELECT id FROM stacks WHERE account_id IS NULL AND residency = ? AND status = 'ready'
       AND release_id <> ${LATEST_RELEASE} LIMIT ${STACKS_PER_PASS}`,
    )
    .bind(residency)
    .all<{ id: string }>();
  const results = await registry.batch(
    stale.flatMap(({ id: stackId }) => {
      return [
        registry
          .prepare(
            `UPDATE stacks SET status = 'building', release_id = ${LATEST_RELEASE}, updated_at = ?
             WHERE id = ? AND account_id IS NULL AND status = 'ready'`,
          )
          .bind(now, stackId),
        ...prepareStack(
          { ...ports, actor: 'pool' },
          { stackId, operationId: newId(), now },
          isBuilding(stackId),
        ),
      ];
    }),
  );
  return begunIn(results);
}

/** Only the statement that writes an operation answers a row. */
function begunIn(results: readonly D1Result[]): string[] {
  return results.flatMap(({ results: rows }) => rows.map((row) => String(Object(row).id)));
}

/** With the release that is the latest by now: it may be the one that mends the cause. */
async function retryFailed({ registry, now }: FillPoolPorts): Promise<string[]> {
  const { results } = await registry
    .prepare(
      `UPDATE stacks SET release_id = ${LATEST_RELEASE}, updated_at = ?1
       FROM operations AS failed
       WHERE stacks.account_id IS NULL AND stacks.status = 'building' AND failed.stack_id = stacks.id
       AND failed.status = 'failed' AND failed.finished_at <= ?2
       AND NOT EXISTS (SELECT 1 FROM operations AS later WHERE later.stack_id = stacks.id AND later.id > failed.id)
       RETURNING (SELECT MAX(id) FROM operations WHERE stack_id = stacks.id) AS id`,
    )
    .bind(now(), now() - RETRY_FAILED_AFTER_MS)
    .all<{ id: string }>();
  for (const { id } of results) await retryOperation(registry, id, now());
  return results.map(({ id }) => id);
}
