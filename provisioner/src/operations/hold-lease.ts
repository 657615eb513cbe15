import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { type ClaimedOperation, LEASE_MS } from '../registry/claim-operation.ts';
import { renewLease } from '../registry/record-step.ts';
import type { OperationPorts } from './run-operation.ts';

/** Often enough that two renewals may fail before the lease runs out: every 10 seconds. */
export const RENEW_EVERY_MS = LEASE_MS / 3;

/**
 * Runs the work, and holds the operation while it lasts: nothing is written for work that ends within 10 seconds. Where another
 * driver has taken over meanwhile, the signal is aborted, and this fails at once, whatever the work still does.
 *
 * Error: `LEASE_LOST`, and those of the work.
 */
export async function holdLease<Result>(
  ports: OperationPorts,
  operation: ClaimedOperation,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const lost = new AbortController();
  const ended = new AbortController();
  const renewing = renewUntil(ports, operation, ended.signal).catch((thrown: unknown) => {
    lost.abort(thrown);
    throw thrown;
  });
  try {
    return await Promise.race([work(lost.signal), renewing]);
  } finally {
    ended.abort();
  }
}

/** Never returns a value: it is raced with the work, and only the loss of the lease may win. */
async function renewUntil(
  ports: OperationPorts,
  operation: ClaimedOperation,
  ended: AbortSignal,
): Promise<never> {
  for (;;) {
    await ports.sleep(RENEW_EVERY_MS, ended);
    if (ended.aborted) return new Promise<never>(() => undefined);
    await renew(ports, operation);
  }
}

/** A registry that does not answer is asked again: only its own word says that the lease is lost. */
async function renew(ports: OperationPorts, operation: ClaimedOperation): Promise<void> {
  try {
    await renewLease(ports.registry, operation, ports.now());
  } catch (thrown) {
    if (asPlatformError(thrown).code === 'LEASE_LOST')
      throw new PlatformError('LEASE_LOST', { cause: thrown });
    ports.log({ event: 'lease-not-renewed', operation_id: operation.id, cause: String(thrown) });
  }
}
