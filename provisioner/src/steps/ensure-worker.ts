import type { OperationStep } from '../operations/operation-step.ts';
import { uploadWorker } from './upload-worker.ts';

/** The stack's Worker runs its release. One API call, and none where the Worker was seen to run it already. */
export const ensureWorker: OperationStep = {
  name: 'ensure-worker',
  async run({ stack }, ports) {
    if (stack.observed_release_id !== stack.release_id) await uploadWorker(stack, ports);
    return {};
  },
};
