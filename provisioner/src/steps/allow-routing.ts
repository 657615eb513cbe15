import { accountStatusSchema } from '#shared-schema/accounts/account.ts';
import type { OperationStep } from '../operations/operation-step.ts';

/** The account's addresses lead to its stack again, where they did before the operation began. */
export const allowRouting: OperationStep = {
  name: 'allow-routing',
  async run({ facts }) {
    return { account: { status: accountStatusSchema.parse(facts.previous_status ?? 'active') } };
  },
};
