import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import type {
  OperationStep,
  StepPorts,
  StepResult,
  StepSubject,
  StepWait,
} from '../operations/operation-step.ts';

/** How long a database may be missing from Cloudflare's list although it was made: 10 minutes, far longer than any was. */
export const LIST_LAG_MS = 10 * 60_000;

/**
 * The stack's database is deleted, by the id that the registry has and only where it bears the stack's name. One that is
 * gone already is as good. A stack whose making failed may have a database whose id was never recorded: it is looked for by
 * its exact name, and again when the list cannot lag any more.
 *
 * Errors: `DATABASE_CONFLICT` where the database of this id is not the stack's; those of the Cloudflare API.
 */
export const deleteDatabase: OperationStep = {
  name: 'delete-database',
  async run(subject, { cloudflare, now }): Promise<StepResult | StepWait> {
    const id = await databaseOf(subject, cloudflare);
    if (id !== null) {
      await cloudflare.deleteDatabase(id);
      return {};
    }
    const known = subject.stack.database_id !== null;
    const listed = subject.startedAt + LIST_LAG_MS;
    return known || now() >= listed ? {} : { waitUntil: listed };
  },
};

/** The id of the stack's own database where it is there, else null. */
async function databaseOf(
  { stack }: StepSubject,
  cloudflare: Pick<StepPorts['cloudflare'], 'findDatabase' | 'getDatabase'>,
): Promise<string | null> {
  const name = stackResourceName(stack.id);
  if (stack.database_id === null) return (await cloudflare.findDatabase(name))?.id ?? null;
  const database = await cloudflare.getDatabase(stack.database_id);
  if (database === null || database.name === name) return database?.id ?? null;
  throw new PlatformError('DATABASE_CONFLICT', { context: { database: database.name, expected: name } });
}
