import type { OperationStep, StepResult, StepWait } from '../operations/operation-step.ts';
import { cloneInputSchema } from './clone-input.ts';
import { orderWorker } from './order-worker.ts';
import { goOnWith } from './poll-again.ts';

/** How many slices of records one run has claimed: what takes well under a lease. */
const SLICES_PER_RUN = 10;

/**
 * The restored database is this stack's, and every record in it the account's; nothing in it lets anybody in who was let into
 * the source. Many records take many runs. Fact: `claimed_to`, how far it came.
 *
 * Error: `STACK_IDENTITY_MISMATCH` where the database is not the source's.
 */
export const claimCopy: OperationStep = {
  name: 'claim-copy',
  async run(subject, ports): Promise<StepResult | StepWait> {
    const { accountId, facts } = subject;
    if (accountId === null) throw new TypeError('Only the stack of an account is claimed.');
    const { source_account_id, source_stack_id: stack_id } = cloneInputSchema.parse(subject.input);
    let after = facts.claimed_to === undefined ? null : String(facts.claimed_to);
    for (let slice = 0; slice < SLICES_PER_RUN; slice += 1) {
      const order = { stack_id, source_account_id, account_id: accountId, after };
      const claimed = await orderWorker(subject, ports, (target) =>
        ports.accountWorkers.claimCopy(target, order),
      );
      if (claimed.after === null) return {};
      after = claimed.after;
    }
    return goOnWith({ claimed_to: String(after) }, ports);
  },
};
