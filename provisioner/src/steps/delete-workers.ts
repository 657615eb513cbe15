import type { OperationStep } from '../operations/operation-step.ts';

/**
 * The Workers of all stacks that the account has had are deleted, by the names that the registry has. They may still answer
 * for a minute: nothing leads there, and their databases go next.
 */
export const deleteWorkers: OperationStep = {
  name: 'delete-workers',
  async run({ stacks }, { cloudflare }) {
    for (const { dispatch_namespace, worker_name } of stacks) {
      await cloudflare.deleteAccountWorker(dispatch_namespace, worker_name);
    }
    return {};
  },
};
