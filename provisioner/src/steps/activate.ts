import type { OperationStep } from '../operations/operation-step.ts';

/** From here on the account's addresses lead to the stack. */
export const activate: OperationStep = {
  name: 'activate',
  async run() {
    return { stack: { status: 'serving' }, account: { status: 'active' } };
  },
};
