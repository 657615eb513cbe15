import type { OperationStep } from '../operations/operation-step.ts';

/** The account's addresses lead to this stack, in the write in which the one before retires. Fact: `routed_at`. */
export const switchStack: OperationStep = {
  name: 'switch-stack',
  async run(_subject, { now }) {
    return { stack: { status: 'serving' }, facts: { routed_at: now() } };
  },
};
