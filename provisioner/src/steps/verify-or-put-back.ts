import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type {
  OperationStep,
  RunningStepPorts,
  StepResult,
  StepSubject,
  StepWait,
} from '../operations/operation-step.ts';
import { upgradeOrderSchema } from './advance-schema.ts';
import { uploadWorker } from './upload-worker.ts';
import { requireHealthy, verify } from './verify.ts';

/** A Worker that is unwell at so many looks loses its release: 4. */
export const UNWELL_LOOKS = 4;

/** Between two looks: 5 seconds, so that what passes within a quarter of a minute puts nothing back. */
export const LOOK_AGAIN_MS = 5_000;

/**
 * What `verify` ensures, of a Worker that was just uploaded. Where it is unwell at each of {@link UNWELL_LOOKS} looks, or
 * refuses for good, the release that was last seen well on the stack is uploaded again (one API call), verified, and the
 * operation fails. Looks and upload are recorded one by one: whoever takes the operation up goes on from there.
 *
 * Errors: `RELEASE_PUT_BACK` where the release before serves again; those of `verify` and of the upload where it does not.
 */
export const verifyOrPutBack: OperationStep = {
  name: verify.name,
  async run(subject, ports) {
    const { stack, facts } = subject;
    const before = stack.observed_release_id;
    // Nothing else was seen to be well on it.
    if (before === null || before === upgradeOrderSchema.parse(subject.input).release_id) {
      return verify.run(subject, ports);
    }
    if (stack.release_id !== before) return look(subject, before, ports);
    await verify.run(subject, ports);
    throw new PlatformError('RELEASE_PUT_BACK', { context: { release_id: before, unwell: facts.unwell } });
  },
};

async function look(
  subject: StepSubject,
  before: string,
  ports: RunningStepPorts,
): Promise<StepResult | StepWait> {
  const { stack } = subject;
  // Asked first: a release that cannot be read is no news of the Worker.
  const { schema_version } = await ports.releases.bundle(stack.release_id);
  try {
    const target = { stackId: stack.id, workerName: stack.worker_name };
    return await requireHealthy(subject, ports, target, schema_version);
  } catch (thrown) {
    if (!(thrown instanceof PlatformError)) throw thrown;
    return unwell(subject, before, ports, thrown);
  }
}

async function unwell(
  { stack, facts }: StepSubject,
  before: string,
  ports: RunningStepPorts,
  { code, context, retryable }: PlatformError,
): Promise<StepWait> {
  const looks = retryable ? Number(facts.unwell_looks ?? 0) + 1 : UNWELL_LOOKS;
  const seen = { unwell_looks: looks, unwell: `${code} ${JSON.stringify(context)}` };
  if (looks >= UNWELL_LOOKS) {
    await uploadWorker({ ...stack, release_id: before }, ports);
    return { waitUntil: ports.now(), stack: { release_id: before }, facts: seen };
  }
  // It may not be what was uploaded: a driver that was late may have replaced it.
  if (looks === 1 && code === 'STACK_UNHEALTHY') await uploadWorker(stack, ports);
  return { waitUntil: ports.now() + LOOK_AGAIN_MS, facts: seen };
}
