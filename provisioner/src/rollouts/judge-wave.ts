import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import type { OperationPorts } from '../operations/run-operation.ts';
import { doneTargets, targetUnwell } from '../registry/rollout-targets.ts';
import type { HeldRollout } from '../registry/rollouts.ts';

/** How many stacks of a wave are asked how they are before the next wave begins. */
export const ASKED_PER_WAVE = 50;

/** Stacks of the wave that do not say that they are well are failed. No API call. */
export async function judgeWave(ports: OperationPorts, held: HeldRollout): Promise<void> {
  const { registry, accountWorkers } = ports;
  const asked = await doneTargets(registry, held, ASKED_PER_WAVE);
  const answers = await Promise.allSettled(
    asked.map(({ stack_id, worker_name }) =>
      accountWorkers.health({ stackId: stack_id, workerName: worker_name }),
    ),
  );
  const unwell = answers.flatMap((answer, position) => {
    const stackId = asked[position]?.stack_id;
    if (answer.status === 'fulfilled' || stackId === undefined) return [];
    const { code, message } = asPlatformError(answer.reason);
    ports.log({ event: 'stack-unwell', rollout_id: held.id, stack_id: stackId, code });
    return [targetUnwell(registry, held, stackId, { code, message }, ports.now())];
  });
  if (unwell.length > 0) await registry.batch(unwell);
}
