import type { StackHealth } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { OperationStep } from '../operations/operation-step.ts';
import { orderWorker } from './order-worker.ts';

/**
 * The Worker that answers at the stack's name is the stack's own, belongs to the account, runs the release and has its
 * schema, or that of a later release. Error: `STACK_UNHEALTHY` with what differs.
 */
export const verify: OperationStep = {
  name: 'verify',
  async run(subject, ports) {
    const { accountId, stack } = subject;
    const { schema_version } = await ports.releases.bundle(stack.release_id);
    const expected = { stack_id: stack.id, account_id: accountId, release_id: stack.release_id };
    const seen = await orderWorker(subject, ports, async (target) =>
      requireHealthy(await ports.accountWorkers.health(target), expected, schema_version),
    );
    return { stack: { observed_release_id: seen.release_id, observed_schema_version: seen.schema_version } };
  },
};

function requireHealthy(
  seen: StackHealth,
  expected: Omit<StackHealth, 'schema_version'>,
  schemaVersion: number,
): StackHealth {
  const differing = Object.entries(expected)
    .filter(([field, value]) => Reflect.get(seen, field) !== value)
    .map(([field]) => field);
  // Releases run on the schema of later ones: it goes first, and stays where the code goes back.
  if (seen.schema_version < schemaVersion) differing.push('schema_version');
  if (differing.length === 0) return seen;
  throw new PlatformError('STACK_UNHEALTHY', { context: { differing } });
}
