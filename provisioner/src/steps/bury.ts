import type { OperationStep } from '../operations/operation-step.ts';

/** What is left of the account is a tombstone: its id, its slug, its times. Another account may take the slug. */
export const bury: OperationStep = {
  name: 'bury',
  async run() {
    return { account: 'buried' };
  },
};
