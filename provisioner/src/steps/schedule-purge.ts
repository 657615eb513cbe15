import { DAY_MS, deletionOrderSchema } from '#shared-schema/accounts/deletion.ts';
import type { OperationStep } from '../operations/operation-step.ts';

/** It is settled when the account's data may be destroyed: the days of grace after the deletion was ordered. */
export const schedulePurge: OperationStep = {
  name: 'schedule-purge',
  async run({ input, startedAt }) {
    const { grace_days: days } = deletionOrderSchema.parse(input);
    return { account: { purgeAfter: startedAt + days * DAY_MS } };
  },
};
