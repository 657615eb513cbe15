import type { OperationStep, StepResult, StepWait } from '../operations/operation-step.ts';

/** How many slices of an account's files one run removes: what takes well under a lease. */
const SLICES_PER_RUN = 10;

/** None of the account's files lies in the file store any more. Many files take many runs. */
export const deleteFiles: OperationStep = {
  name: 'delete-files',
  async run({ accountId, stack }, { files, now }): Promise<StepResult | StepWait> {
    if (accountId === null) throw new TypeError('Only an account has files.');
    for (let slice = 0; slice < SLICES_PER_RUN; slice += 1) {
      if (await files.removeSlice(accountId, stack.residency)) return {};
    }
    return { waitUntil: now() };
  },
};
