import type { OperationStep } from '../operations/operation-step.ts';

/** The step, for a stack that has served. One whose making failed never held anything of the account's. */
export function ifServed(step: OperationStep): OperationStep {
  return {
    name: step.name,
    run: async (subject, ports) => (subject.stack.status === 'serving' ? step.run(subject, ports) : {}),
  };
}
