import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ControlTarget } from '../account-worker/control-client.ts';
import type { RunningStepPorts, StepSubject } from '../operations/operation-step.ts';
import { uploadWorker } from './upload-worker.ts';

/**
 * Gives an order to the stack's Worker. A Worker that refuses our token or is not what it should be was uploaded with
 * other keys, or by a driver that was late: it is uploaded again (one API call) and ordered once more.
 *
 * Errors: those of the order; `STACK_UNHEALTHY` where a new upload did not help.
 */
export async function orderWorker<Answer>(
  subject: StepSubject,
  ports: RunningStepPorts,
  order: (target: ControlTarget) => Promise<Answer>,
): Promise<Answer> {
  const target = { stackId: subject.stack.id, workerName: subject.stack.worker_name };
  try {
    return await order(target);
  } catch (thrown) {
    if (!(thrown instanceof PlatformError) || thrown.code !== 'STACK_UNHEALTHY') throw thrown;
    await uploadWorker(subject.stack, ports);
    return order(target);
  }
}
