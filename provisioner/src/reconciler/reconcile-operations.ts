import { type OperationPorts, runOperation } from '../operations/run-operation.ts';
import { abandonedOperations } from '../registry/operations.ts';

/** An operation is abandoned when nobody took it up for 5 seconds after it became free: its own driver comes first. */
export const ABANDONED_AFTER_MS = 5_000;

/** How many operations one pass takes up at most, and how many at once. What is left waits for the next pass. */
export const OPERATIONS_PER_PASS = 200;
export const OPERATIONS_AT_ONCE = 6;

export interface ReconcileReport {
  readonly taken: number;
  readonly finished: number;
}

/** Takes up the operations whose driver died or never came. One operation that cannot be run does not stop the others. */
export async function reconcileOperations(ports: OperationPorts): Promise<ReconcileReport> {
  const abandoned = await abandonedOperations(
    ports.registry,
    ports.now() - ABANDONED_AFTER_MS,
    OPERATIONS_PER_PASS,
  );
  const waiting = [...abandoned];
  let finished = 0;
  const worker = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      if (await takeUp(ports, id)) finished += 1;
    }
  };
  await Promise.all(Array.from({ length: OPERATIONS_AT_ONCE }, worker));
  return { taken: abandoned.length, finished };
}

async function takeUp(ports: OperationPorts, operationId: string): Promise<boolean> {
  try {
    return (await runOperation(ports, operationId, 'reconciler')).finished;
  } catch (thrown) {
    ports.log({
      event: 'reconcile-failed',
      operation_id: operationId,
      error: thrown instanceof Error ? thrown.stack : String(thrown),
    });
    return false;
  }
}
