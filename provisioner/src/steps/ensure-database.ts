import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { type Stack, stackResourceName } from '#shared-schema/stacks/stack.ts';
import type { CloudflareDatabase } from '../cloudflare/cloudflare-api.ts';
import type { OperationStep, StepPorts } from '../operations/operation-step.ts';

/**
 * The stack has its database, in the jurisdiction that its residency asks for. One API call where nothing went wrong
 * before; after any failure the database is looked up by its exact name and adopted where it is as it should be.
 *
 * Errors: `DATABASE_CONFLICT` where one of the name lies in another jurisdiction; those of the create call.
 */
export const ensureDatabase: OperationStep = {
  name: 'ensure-database',
  async run({ stack }, { cloudflare }) {
    if (stack.database_id !== null) return {};
    const database = await createOrAdopt(stack, cloudflare);
    if (database.jurisdiction !== stack.residency) {
      throw new PlatformError('DATABASE_CONFLICT', {
        context: { database: database.name, jurisdiction: database.jurisdiction, expected: stack.residency },
      });
    }
    return { stack: { database_id: database.id } };
  },
};

const UNSENT: ReadonlySet<ErrorCode> = new Set(['API_BUDGET_EXHAUSTED', 'CLOUDFLARE_RATE_LIMITED']);

async function createOrAdopt(stack: Stack, cloudflare: StepPorts['cloudflare']): Promise<CloudflareDatabase> {
  const name = stackResourceName(stack.id);
  try {
    return await cloudflare.createDatabase(name, stack.residency);
  } catch (refusal) {
    // Refused for the number of calls: this one made nothing, and a look would be refused as well.
    if (UNSENT.has(asPlatformError(refusal).code)) throw refusal;
    const existing = await cloudflare.findDatabase(name);
    if (existing) return existing;
    // The name exists but the list does not show it yet: only time helps.
    if (asPlatformError(refusal).code === 'DATABASE_CONFLICT') {
      throw new PlatformError('CLOUDFLARE_UNAVAILABLE', { cause: refusal });
    }
    throw refusal;
  }
}
