import * as z from 'zod';
import type { OperationStep } from '../operations/operation-step.ts';
import { orderWorker } from './order-worker.ts';

/** Of which stack the restored data was; the stack's own where it is left out. */
export const restoreSourceSchema = z.object({ source_stack_id: z.string().optional() });

/**
 * The restored database is this stack's, has its schema, and lets nobody in by a session or a link from before. Error:
 * `STACK_IDENTITY_MISMATCH` where it was another's than the source's, or of another account.
 */
export const takeOver: OperationStep = {
  name: 'take-over',
  async run(subject, ports) {
    const { accountId, input, stack } = subject;
    if (accountId === null) throw new TypeError('Only the stack of an account is restored.');
    const { source_stack_id: stack_id = stack.id } = restoreSourceSchema.parse(input);
    const order = { stack_id, account_id: accountId };
    await orderWorker(subject, ports, (target) => ports.accountWorkers.takeOver(target, order));
    return {};
  },
};
