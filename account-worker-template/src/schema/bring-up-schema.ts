import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import {
  CREATE_LEDGER_SQL,
  type Migration,
  type PendingMigration,
  pendingMigrations,
  RECORD_MIGRATION_SQL,
  schemaVersion,
} from '#shared-schema/migrations/migration.ts';
import { splitStatements } from '#shared-schema/sql/split-statements.ts';
import { runBatch } from '../database/run-batch.ts';
import { type Sql, sql } from '../database/sql.ts';
import type { Env } from '../env.ts';
import { readStack, type Stack } from './read-stack.ts';

/** The stack as it is after {@link bringUpSchema}, and the migrations that this very call applied. */
export interface SchemaState {
  readonly account_id: string | null;
  readonly schema_version: number;
  readonly applied: readonly string[];
  /** Of the database as it was before the first of them; null where none was applied. */
  readonly bookmark_before: string | null;
}

/**
 * Ensures that the database is this stack's and has every migration. Each is applied in one batch that starts with
 * its row in the ledger; the first one also writes the identity. So a crash leaves whole migrations only, and of two
 * isolates at work at once the second finds the row, loses its batch, and goes on from what the first did.
 *
 * Errors: `STACK_IDENTITY_MISMATCH`, `MIGRATION_EDITED`; `MIGRATION_FAILED` with the `migration`'s name.
 */
export async function bringUpSchema(
  env: Pick<Env, 'DB' | 'STACK_ID'>,
  migrations: readonly Migration[],
  now: number,
): Promise<SchemaState> {
  const database = env.DB.withSession('first-primary');
  const applied: string[] = [];
  let stack = await readStack(database, env.STACK_ID);
  const readAt = database.getBookmark();
  for (;;) {
    const [next] = await pendingMigrations(migrations, stack.ledger);
    if (!next) {
      return {
        account_id: stack.account_id,
        schema_version: schemaVersion(stack.ledger),
        applied,
        bookmark_before: applied.length === 0 ? null : readAt,
      };
    }
    try {
      await runBatch(database, migrationBatch(next, stack, env.STACK_ID, now));
      applied.push(next.name);
      stack = { ...stack, adopted: true, ledger: [...stack.ledger, next] };
    } catch (cause) {
      stack = await readStack(database, env.STACK_ID);
      if (stack.ledger.some((row) => row.name === next.name)) continue;
      throw new PlatformError('MIGRATION_FAILED', { context: { migration: next.name }, cause });
    }
  }
}

function migrationBatch(migration: PendingMigration, stack: Stack, stackId: string, now: number): Sql[] {
  const record: Sql = { sql: RECORD_MIGRATION_SQL, params: [migration.name, migration.checksum] };
  const steps = splitStatements(migration.sql).map((text): Sql => ({ sql: text, params: [] }));
  if (stack.adopted) return [record, ...steps];
  const identity = sql`INSERT INTO stack_identity (only_row, stack_id, created_at) VALUES (1, ${stackId}, ${now})`;
  return [{ sql: CREATE_LEDGER_SQL, params: [] }, record, ...steps, identity];
}
