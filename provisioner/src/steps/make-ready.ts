import type { OperationStep } from '../operations/operation-step.ts';

/** From here on a signup may claim the stack. */
export const makeReady: OperationStep = {
  name: 'make-ready',
  async run() {
    return { stack: { status: 'ready' } };
  },
};
