import * as z from 'zod';
import { ensureOwnerSchema } from '#shared-schema/control/control-calls.ts';
import type { OperationStep } from '../operations/operation-step.ts';
import { orderWorker } from './order-worker.ts';

/** What a provision operation is given. The password came hashed, and the engine clears it once the operation ends. */
export const provisionInputSchema = z.strictObject({ owner: ensureOwnerSchema.shape.owner });
export type ProvisionInput = z.infer<typeof provisionInputSchema>;

/** The stack belongs to the account, and its first user is the owner who signed up. Error: `OWNER_CONFLICT`. */
export const ensureOwner: OperationStep = {
  name: 'ensure-owner',
  async run(subject, ports) {
    const { owner } = provisionInputSchema.parse(subject.input);
    if (subject.accountId === null) throw new TypeError('Only the stack of an account has an owner.');
    const order = { account_id: subject.accountId, owner };
    await orderWorker(subject, ports, (target) => ports.accountWorkers.ensureOwner(target, order));
    return {};
  },
};
