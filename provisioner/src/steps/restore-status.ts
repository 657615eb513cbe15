import type { OperationStep } from '../operations/operation-step.ts';

/** The account is what it was before its deletion: active or suspended. */
export const restoreStatus: OperationStep = {
  name: 'restore-status',
  async run() {
    return { account: 'restored' };
  },
};
