import type { OperationPorts } from '../operations/run-operation.ts';
import { runOperations } from '../operations/run-operations.ts';
import { abandonedOperations } from '../registry/operations.ts';

/** An operation is abandoned when nobody took it up for 5 seconds after it became free: its own driver comes first. */
export const ABANDONED_AFTER_MS = 5_000;

/** How many operations one pass takes up at most. What is left waits for the next pass. */
export const OPERATIONS_PER_PASS = 200;

export interface ReconcileReport {
  readonly taken: number;
  readonly finished: number;
}

/** Takes up the operations whose driver died or never came. */
export async function reconcileOperations(ports: OperationPorts): Promise<ReconcileReport> {
  const before = ports.now() - ABANDONED_AFTER_MS;
  const abandoned = await abandonedOperations(ports.registry, before, OPERATIONS_PER_PASS);
  return { taken: abandoned.length, finished: await runOperations(ports, abandoned, 'reconciler') };
}
