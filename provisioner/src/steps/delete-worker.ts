import type { OperationStep } from '../operations/operation-step.ts';

/**
 * The stack's Worker is deleted, by the name that the registry has. One that is gone already is as good. It may still answer
 * for a minute: nothing leads there, and its database goes next.
 */
export const deleteWorker: OperationStep = {
  name: 'delete-worker',
  async run({ stack }, { cloudflare }) {
    await cloudflare.deleteAccountWorker(stack.dispatch_namespace, stack.worker_name);
    return {};
  },
};
