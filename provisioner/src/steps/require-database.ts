import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import type { OperationStep } from '../operations/operation-step.ts';

/**
 * The database that the registry knows is there, under the stack's name and in its jurisdiction. One that is not is never
 * made again: it would serve emptiness in place of what an account has.
 *
 * Errors: `DATABASE_NOT_FOUND`; `DATABASE_CONFLICT` where it is not as it should be.
 */
export const requireDatabase: OperationStep = {
  name: 'require-database',
  async run({ stack }, { cloudflare }) {
    const database = stack.database_id === null ? null : await cloudflare.getDatabase(stack.database_id);
    if (database === null) throw new PlatformError('DATABASE_NOT_FOUND');
    const expected = { name: stackResourceName(stack.id), jurisdiction: stack.residency };
    const { name, jurisdiction } = database;
    if (name === expected.name && jurisdiction === expected.jurisdiction) return {};
    throw new PlatformError('DATABASE_CONFLICT', { context: { name, jurisdiction, expected } });
  },
};
