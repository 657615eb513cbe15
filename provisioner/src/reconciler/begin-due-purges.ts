import type { OperationPorts } from '../operations/run-operation.ts';
import { beginOperation } from '../registry/begin-operation.ts';
import { duePurges, purgeIsDue } from '../registry/deletions.ts';
import { newOperation } from '../registry/insert-operation.ts';

/** How many purges one pass begins at most. What is left waits for the next pass. */
export const PURGES_PER_PASS = 50;

/** Begins the purge of every account whose grace is over. Safe to run many times at once. Gives the operations begun. */
export async function beginDuePurges(
  ports: Pick<OperationPorts, 'registry' | 'newId' | 'now'>,
): Promise<string[]> {
  const begun: string[] = [];
  for (const accountId of await duePurges(ports.registry, ports.now(), PURGES_PER_PASS)) {
    const operationId = await beginPurge(ports, accountId);
    if (operationId !== null) begun.push(operationId);
  }
  return begun;
}

async function beginPurge(
  { registry, newId, now }: Pick<OperationPorts, 'registry' | 'newId' | 'now'>,
  accountId: string,
): Promise<string | null> {
  const at = now();
  const id = newId();
  const began = await beginOperation(registry, {
    operation: { ...newOperation({ id, kind: 'purge', accountId, now: at }), account_id: accountId },
    input: {},
    event: {
      ...{ id: newId(), at, actor: 'reconciler', action: 'purge.began' },
      ...{ targetKind: 'account', targetId: accountId, requestId: null },
      ...{ before: null, after: { operation_id: id } },
    },
    condition: purgeIsDue(accountId, at),
    alongside: () => [],
  });
  return began ? id : null;
}
