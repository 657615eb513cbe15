import type { StackHealth } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { OperationStep } from '../operations/operation-step.ts';
import { orderWorker } from './order-worker.ts';

/**
 * The Worker that answers at the stack's name is the stack's own, belongs to the account, runs the release and has its
 * schema. Error: `STACK_UNHEALTHY` with what differs.
 */
export const verify: OperationStep = {
  name: 'verify',
  async run(subject, ports) {
    const { accountId, stack } = subject;
    const { schema_version } = await ports.releases.bundle(stack.release_id);
    const expected: StackHealth = {
      ...{ stack_id: stack.id, account_id: accountId, release_id: stack.release_id, schema_version },
    };
    const seen = await orderWorker(subject, ports, async (target) =>
      requireSame(await ports.accountWorkers.health(target), expected),
    );
    return { stack: { observed_release_id: seen.release_id, observed_schema_version: seen.schema_version } };
  },
};

function requireSame(seen: StackHealth, expected: StackHealth): StackHealth {
  const differing = Object.entries(expected).filter(([field, value]) => Reflect.get(seen, field) !== value);
  if (differing.length === 0) return seen;
  throw new PlatformError('STACK_UNHEALTHY', { context: { differing: differing.map(([field]) => field) } });
}
