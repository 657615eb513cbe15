import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { type LedgerRow, READ_LEDGER_SQL } from '#shared-schema/migrations/migration.ts';
import { type Row, runBatch } from '../database/run-batch.ts';
import { sql } from '../database/sql.ts';

/** Whose database this is and what was applied to it. `adopted` is false for an empty database that is nobody's yet. */
export interface Stack {
  readonly adopted: boolean;
  readonly account_id: string | null;
  readonly ledger: readonly LedgerRow[];
}

const identityRow = z.object({ stack_id: z.string(), account_id: z.string().nullable() });
const ledgerRows = z.array(z.object({ name: z.string(), checksum: z.string() }));
const READ_STACK = [
  sql`SELECT stack_id, account_id FROM stack_identity`,
  { sql: READ_LEDGER_SQL, params: [] },
];
const OUR_TABLES = ['stack_identity', 'd1_migrations'];

/** Tables that SQLite and D1 keep for themselves, and the ledger, which wrangler may have made. */
const NOT_OF_ANYONE = /^(sqlite_|_cf_|d1_migrations$)/;

/**
 * Reads identity and ledger in one batch and touches nothing.
 *
 * Error: `STACK_IDENTITY_MISMATCH` where the database is another stack's, or holds tables and does not say whose.
 */
export async function readStack(database: D1DatabaseSession, stackId: string): Promise<Stack> {
  let rows: Row[][];
  try {
    rows = await runBatch(database, READ_STACK);
  } catch (cause) {
    return readUnknown(database, cause);
  }
  const identity = identityRow.safeParse(rows[0]?.[0]);
  const ledger = ledgerRows.safeParse(rows[1]);
  if (!identity.success || identity.data.stack_id !== stackId) {
    throw new PlatformError('STACK_IDENTITY_MISMATCH');
  }
  // A row without a checksum was applied by something else than this Worker: it cannot be compared.
  if (!ledger.success) throw new PlatformError('MIGRATION_EDITED', { cause: ledger.error });
  return { adopted: true, account_id: identity.data.account_id, ledger: ledger.data };
}

/** Tells an empty database from a foreign one, and both from a read that failed for another reason. */
async function readUnknown(database: D1DatabaseSession, cause: unknown): Promise<Stack> {
  const [rows = []] = await runBatch(database, [
    sql`SELECT name FROM sqlite_master WHERE type IN ('table', 'view')`,
  ]);
  const names = rows.map((row) => String(row.name));
  if (OUR_TABLES.every((name) => names.includes(name))) throw cause;
  const empty = names.every((name) => NOT_OF_ANYONE.test(name));
  if (!empty || (await hasLedgerRows(database, names))) {
    throw new PlatformError('STACK_IDENTITY_MISMATCH', { cause });
  }
  return { adopted: false, account_id: null, ledger: [] };
}

async function hasLedgerRows(database: D1DatabaseSession, names: readonly string[]): Promise<boolean> {
  if (!names.includes('d1_migrations')) return false;
  const [rows = []] = await runBatch(database, [sql`SELECT 1 FROM d1_migrations LIMIT 1`]);
  return rows.length > 0;
}
