import { insertEvent, type SqlCondition } from '../registry/events.ts';
import { insertOperation, newOperation } from '../registry/insert-operation.ts';

export interface PrepareStackPorts {
  readonly registry: D1Database;
  readonly newId: () => string;
  readonly actor: string;
}

export interface PrepareStackOrder {
  readonly stackId: string;
  readonly operationId: string;
  readonly now: number;
}

/** Writes the operation that makes a stack of the pool, or makes it anew, where the condition holds. Only one statement answers a row. */
export function prepareStack(
  { registry, newId, actor }: PrepareStackPorts,
  { stackId, operationId, now }: PrepareStackOrder,
  condition: SqlCondition,
): D1PreparedStatement[] {
  const operation = newOperation({ id: operationId, kind: 'prepare-stack', accountId: null, now });
  const event = {
    ...{ id: newId(), at: now, actor, action: 'prepare-stack.began', requestId: null, before: null },
    ...{ targetKind: 'stack', targetId: stackId, after: { operation_id: operationId } },
  };
  const begun: SqlCondition = {
    sql: 'EXISTS (SELECT 1 FROM operations WHERE id = ?)',
    params: [operationId],
  };
  return [
    ...insertOperation(registry, { operation, input: {}, stack: { sql: '?', params: [stackId] } }, condition),
    insertEvent(registry, event, begun),
  ];
}

/** Holds for a stack of the pool that was taken out of it and that no operation works on. */
export function isBuilding(stackId: string): SqlCondition {
  return {
    sql: `EXISTS (SELECT 1 FROM stacks WHERE id = ? AND account_id IS NULL AND status = 'building')
      AND NOT EXISTS (SELECT 1 FROM operations WHERE stack_id = ? AND status IN ('pending', 'running'))`,
    params: [stackId, stackId],
  };
}
