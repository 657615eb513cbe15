import { PlatformError } from '../errors/platform-error.ts';
import { sha256Hex } from '../hashing/sha256.ts';

/** A numbered, append-only step of a schema: the file `NNNN_what_it_does.sql` and its text. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** A row of the ledger `d1_migrations`: what `wrangler d1 migrations list` reads, and a checksum. */
export interface LedgerRow {
  readonly name: string;
  readonly checksum: string;
}

export interface PendingMigration extends Migration {
  readonly checksum: string;
}

/**
 * The columns `id`, `name` and `applied_at` are those that wrangler makes and reads (wrangler 4.164,
 * `d1 migrations apply`); `checksum` is ours.
 */
export const CREATE_LEDGER_SQL = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
  checksum TEXT
)`;

export const READ_LEDGER_SQL = 'SELECT name, checksum FROM d1_migrations ORDER BY id';

/** Goes first in a migration's batch: of two racing runners the second fails here and nothing of it is kept. */
export const RECORD_MIGRATION_SQL = 'INSERT INTO d1_migrations (name, checksum) VALUES (?1, ?2)';

/**
 * The migrations that the ledger lacks, in order. A ledger that goes on past the last known migration lacks none.
 *
 * Error: `MIGRATION_EDITED` where what was applied is not, name by name and text by text, what is known.
 */
export async function pendingMigrations(
  migrations: readonly Migration[],
  ledger: readonly LedgerRow[],
): Promise<PendingMigration[]> {
  const known = await Promise.all(migrations.map(async (m) => ({ ...m, checksum: await sha256Hex(m.sql) })));
  for (const [position, applied] of ledger.entries()) {
    const expected = known[position];
    // A rollout takes the schema forward first: this release runs on what a later one added.
    if (!expected) return [];
    if (expected.name !== applied.name || expected.checksum !== applied.checksum) {
      throw new PlatformError('MIGRATION_EDITED', { context: { migration: applied.name } });
    }
  }
  return known.slice(ledger.length);
}

/** The number that a schema is called by: that of its last migration. `0003_add_cases.sql` → 3; none → 0. */
export function schemaVersion(migrations: readonly { readonly name: string }[]): number {
  return Number.parseInt(migrations.at(-1)?.name ?? '0', 10);
}
