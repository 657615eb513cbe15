import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import type { OperationStep } from '../operations/operation-step.ts';
import { createOrAdoptDatabase } from './create-or-adopt-database.ts';

/**
 * The stack has its database, in the jurisdiction that its residency asks for. One API call where nothing went wrong
 * before; after any failure the database is looked up by its exact name and adopted where it is as it should be.
 *
 * Errors: as {@link createOrAdoptDatabase}.
 */
export const ensureDatabase: OperationStep = {
  name: 'ensure-database',
  async run({ stack }, { cloudflare }) {
    if (stack.database_id !== null) return {};
    const name = stackResourceName(stack.id);
    const { id } = await createOrAdoptDatabase(name, stack.residency, cloudflare);
    return { stack: { database_id: id } };
  },
};
