import { type OperationPorts, runOperation } from './run-operation.ts';

/** How many operations one driver carries on at once. */
export const OPERATIONS_AT_ONCE = 6;

/**
 * Carries each operation as far as it goes now, a few at once, and answers how many have ended. One that cannot be run
 * does not stop the others.
 */
export async function runOperations(
  ports: OperationPorts,
  operationIds: readonly string[],
  driver: string,
): Promise<number> {
  const waiting = [...operationIds];
  let finished = 0;
  const worker = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      if (await takeUp(ports, id, driver)) finished += 1;
    }
  };
  await Promise.all(Array.from({ length: OPERATIONS_AT_ONCE }, worker));
  return finished;
}

async function takeUp(ports: OperationPorts, operationId: string, driver: string): Promise<boolean> {
  try {
    return (await runOperation(ports, operationId, driver)).finished;
  } catch (thrown) {
    ports.log({
      event: 'operation-not-run',
      operation_id: operationId,
      error: thrown instanceof Error ? thrown.stack : String(thrown),
    });
    return false;
  }
}
