import type { OperationStep } from '../operations/operation-step.ts';

/** The account's addresses lead to its stack again. */
export const allowRouting: OperationStep = {
  name: 'allow-routing',
  async run() {
    return { account: { status: 'active' } };
  },
};
