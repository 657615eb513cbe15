import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ControlTarget } from '../account-worker/control-client.ts';
import type {
  OperationStep,
  RunningStepPorts,
  StepResult,
  StepSubject,
} from '../operations/operation-step.ts';
import { orderWorker } from './order-worker.ts';

/**
 * The Worker that answers at the stack's name is the stack's own, belongs to the account, runs the release and has its
 * schema, or that of a later release. Error: `STACK_UNHEALTHY` with what differs.
 */
export const verify: OperationStep = {
  name: 'verify',
  async run(subject, ports) {
    const { schema_version } = await ports.releases.bundle(subject.stack.release_id);
    return orderWorker(subject, ports, (target) => requireHealthy(subject, ports, target, schema_version));
  },
};

/**
 * Asks the Worker once whether it is what {@link verify} says, and gives what was seen. Errors: `STACK_UNHEALTHY` with what
 * differs, and those of the call.
 */
export async function requireHealthy(
  { accountId, stack }: StepSubject,
  { accountWorkers }: RunningStepPorts,
  target: ControlTarget,
  schemaVersion: number,
): Promise<StepResult> {
  const expected = { stack_id: stack.id, account_id: accountId, release_id: stack.release_id };
  const seen = await accountWorkers.health(target);
  const differing = Object.entries(expected)
    .filter(([field, value]) => Reflect.get(seen, field) !== value)
    .map(([field]) => field);
  // Releases run on the schema of later ones: it goes first, and stays where the code goes back.
  if (seen.schema_version < schemaVersion) differing.push('schema_version');
  if (differing.length > 0) throw new PlatformError('STACK_UNHEALTHY', { context: { differing } });
  return { stack: { observed_release_id: seen.release_id, observed_schema_version: seen.schema_version } };
}
