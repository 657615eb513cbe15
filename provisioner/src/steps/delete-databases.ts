import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { type Stack, stackResourceName } from '#shared-schema/stacks/stack.ts';
import { LIST_LAG_MS } from '../cloudflare/list-lag.ts';
import type { OperationStep, StepPorts, StepResult, StepWait } from '../operations/operation-step.ts';

/**
 * The databases of all stacks that the account has had are deleted, each by the id that the registry has and only where it
 * bears its stack's name. A stack whose making failed may have a database whose id was never recorded: it is looked for by
 * its exact name, and again when the list cannot lag any more.
 *
 * Errors: `DATABASE_CONFLICT` where the database of an id is not its stack's; those of the Cloudflare API.
 */
export const deleteDatabases: OperationStep = {
  name: 'delete-databases',
  async run({ stacks, startedAt }, { cloudflare, now }): Promise<StepResult | StepWait> {
    const listed = startedAt + LIST_LAG_MS;
    let uncertain = false;
    for (const stack of stacks) {
      const id = await databaseOf(stack, cloudflare);
      if (id !== null) await cloudflare.deleteDatabase(id);
      else if (stack.database_id === null) uncertain = true;
    }
    return uncertain && now() < listed ? { waitUntil: listed } : {};
  },
};

/** The id of the stack's own database where it is there, else null. */
async function databaseOf(
  stack: Stack,
  cloudflare: Pick<StepPorts['cloudflare'], 'findDatabase' | 'getDatabase'>,
): Promise<string | null> {
  const name = stackResourceName(stack.id);
  if (stack.database_id === null) return (await cloudflare.findDatabase(name))?.id ?? null;
  const database = await cloudflare.getDatabase(stack.database_id);
  if (database === null || database.name === name) return database?.id ?? null;
  throw new PlatformError('DATABASE_CONFLICT', { context: { database: database.name, expected: name } });
}
