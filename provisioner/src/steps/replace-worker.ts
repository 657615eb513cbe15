import type { OperationStep } from '../operations/operation-step.ts';
import { uploadWorker } from './upload-worker.ts';

/** The stack's Worker is its release, bound to its own database, whatever was there before. One API call. */
export const replaceWorker: OperationStep = {
  name: 'replace-worker',
  async run({ stack }, ports) {
    await uploadWorker(stack, ports);
    return {};
  },
};
