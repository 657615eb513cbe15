import type { OperationStep } from '../operations/operation-step.ts';
import { upgradeOrderSchema } from './advance-schema.ts';
import { uploadWorker } from './upload-worker.ts';

/**
 * The stack's Worker is that of the release that it goes to. One API call; none where it was seen to run it already, and no
 * other has been asked for since.
 */
export const ensureRelease: OperationStep = {
  name: 'ensure-release',
  async run({ stack, input }, ports) {
    const { release_id } = upgradeOrderSchema.parse(input);
    const isThere = stack.observed_release_id === release_id && stack.release_id === release_id;
    if (!isThere) await uploadWorker({ ...stack, release_id }, ports);
    return {
      stack: { release_id },
      facts: { release_id, previous_release_id: stack.release_id },
    };
  },
};
