import { BEYOND_REPAIR } from '#shared-schema/audit/finding.ts';
import { rebuildPooledStack, retirePooledStack } from '../pool/mend-pooled-stack.ts';
import { beginOperation } from '../registry/begin-operation.ts';
import type { SqlCondition } from '../registry/events.ts';
import { newOperation } from '../registry/insert-operation.ts';
import type { HeldSurvey } from '../registry/surveys.ts';
import type { SurveyPorts } from './survey-ports.ts';

/** How many stacks one survey begins to repair, at most. What is left waits for the next. */
export const REPAIRS_PER_SURVEY = 20;

interface Broken {
  readonly stack_id: string;
  readonly account_id: string | null;
  readonly beyond_repair: 0 | 1;
}

type RepairPorts = Pick<SurveyPorts, 'registry' | 'newId' | 'now'>;

/**
 * Begins a repair of every stack that this survey saw broken, and answers the operations. Of an account, a `repair`; nothing
 * where its database is gone or another's. A stack of the pool is made anew, or leaves the pool.
 */
export async function beginRepairs(ports: RepairPorts, held: HeldSurvey, actor: string): Promise<string[]> {
  const { registry } = ports;
  const { results } = await registry
    .prepare(
      `SELECT stack_id, account_id, MAX(kind IN (SELECT value FROM json_each(?))) AS beyond_repair
       FROM findings WHERE cell = ? AND resolved_at IS NULL AND stack_id IS NOT NULL AND last_seen_at = ?
       GROUP BY stack_id HAVING account_id IS NULL OR beyond_repair = 0 LIMIT ${REPAIRS_PER_SURVEY}`,
    )
    .bind(JSON.stringify(BEYOND_REPAIR), held.cell, held.startedAt)
    .all<Broken>();
  const begun: string[] = [];
  for (const { stack_id: stackId, account_id: accountId, beyond_repair: beyondRepair } of results) {
    const order = { stackId, operationId: ports.newId(), now: ports.now() };
    if (accountId !== null) {
      if (await beginRepair(ports, { ...order, accountId }, actor)) begun.push(order.operationId);
    } else if (beyondRepair === 1) {
      await retirePooledStack({ ...ports, actor }, order);
    } else if (await rebuildPooledStack({ ...ports, actor }, order)) {
      begun.push(order.operationId);
    }
  }
  return begun;
}

export interface RepairOrder {
  readonly stackId: string;
  readonly accountId: string;
  readonly operationId: string;
  readonly now: number;
}

/** Begins a repair of the account's stack. False where the account's status does not allow it, something else is at work, or another stack serves it by now. */
export async function beginRepair(ports: RepairPorts, order: RepairOrder, actor: string): Promise<boolean> {
  const { stackId, accountId, operationId, now } = order;
  const stillServes: SqlCondition = {
    sql: `EXISTS (SELECT 1 FROM stacks WHERE id = ? AND account_id = ? AND status = 'serving')`,
    params: [stackId, accountId],
  };
  const operation = newOperation({ id: operationId, kind: 'repair', accountId, now });
  return beginOperation(ports.registry, {
    operation: { ...operation, account_id: accountId },
    input: {},
    event: {
      ...{ id: ports.newId(), at: now, actor, action: 'repair.began', requestId: null, before: null },
      ...{
        targetKind: 'account',
        targetId: accountId,
        after: { operation_id: operationId, stack_id: stackId },
      },
    },
    condition: stillServes,
    alongside: () => [],
  });
}
