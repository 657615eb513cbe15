import { insertEvent, type SqlCondition } from '../registry/events.ts';
import { isBuilding, type PrepareStackOrder, type PrepareStackPorts, prepareStack } from './prepare-stack.ts';

/** Takes a stack out of the pool and has its Worker uploaded again before it comes back. False where a signup was first. */
export async function rebuildPooledStack(
  ports: PrepareStackPorts,
  order: PrepareStackOrder,
): Promise<boolean> {
  const { registry } = ports;
  const { stackId, now } = order;
  const results = await registry.batch([
    registry
      .prepare(
        `UPDATE stacks SET status = 'building', observed_release_id = NULL, updated_at = ?
         WHERE id = ? AND account_id IS NULL AND status = 'ready'`,
      )
      .bind(now, stackId),
    ...prepareStack(ports, order, isBuilding(stackId)),
  ]);
  return results.some((result) => result.results.length > 0);
}

/** Takes a stack out of the pool for good: nobody ever had it. The pool makes another; what is left in the cloud is an orphan. */
export async function retirePooledStack(
  { registry, newId, actor }: PrepareStackPorts,
  { stackId, now }: Omit<PrepareStackOrder, 'operationId'>,
): Promise<void> {
  const retired: SqlCondition = {
    sql: `EXISTS (SELECT 1 FROM stacks WHERE id = ? AND status = 'retired' AND updated_at = ?)`,
    params: [stackId, now],
  };
  const event = {
    ...{ id: newId(), at: now, actor, action: 'stack.retired', requestId: null },
    ...{ targetKind: 'stack', targetId: stackId, before: { status: 'ready' }, after: { status: 'retired' } },
  };
  await registry.batch([
    registry
      .prepare(
        `UPDATE stacks SET status = 'retired', updated_at = ? WHERE id = ? AND account_id IS NULL AND status = 'ready'`,
      )
      .bind(now, stackId),
    insertEvent(registry, event, retired),
  ]);
}
