import { BaseDatabase } from 'cloudflare/resources/d1/database/database';
import { createClient } from 'cloudflare/tree-shakable';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import {
  CREATE_LEDGER_SQL,
  type LedgerRow,
  type Migration,
  type PendingMigration,
  pendingMigrations,
  READ_LEDGER_SQL,
  RECORD_MIGRATION_SQL,
} from '#shared-schema/migrations/migration.ts';
import { splitStatements } from '#shared-schema/sql/split-statements.ts';
import { adminFetch } from '../api-budget/budgeted-fetch.ts';
import type { CloudflareAccess } from '../cloudflare/cloudflare-api.ts';
import { translateErrors } from '../cloudflare/translate-error.ts';

const LEDGER_EXISTS_SQL = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'd1_migrations'";

export interface RegistryMigratorOptions extends CloudflareAccess {
  readonly databaseId: string;
}

/**
 * Migrates the registry over the Cloudflare API: the one database that no Worker migrates for itself. A person starts it,
 * and the budget lies in what it makes: its few calls come out of those kept for admins.
 */
export class RegistryMigrator {
  readonly #options: RegistryMigratorOptions;
  readonly #client;

  constructor(options: RegistryMigratorOptions) {
    this.#options = options;
    this.#client = createClient({
      resources: [BaseDatabase],
      apiToken: options.apiToken,
      baseURL: options.baseUrl ?? null,
      fetch: adminFetch,
      maxRetries: 0,
    });
  }

  /**
   * Applies what the ledger lacks, each migration in one atomic batch with its row in the ledger, and names it. Safe to
   * repeat and to race: of two runners the second one's batch fails whole, and it goes on with the next.
   *
   * Errors: `MIGRATION_EDITED`, and those of the Cloudflare API.
   */
  async migrate(migrations: readonly Migration[]): Promise<string[]> {
    await this.#batch([{ sql: CREATE_LEDGER_SQL }]);
    const ledger = await this.#readLedger();
    const pending = await pendingMigrations(migrations, ledger);
    for (const migration of pending) {
      try {
        await this.#apply(migration);
      } catch (thrown) {
        const isRefused = asPlatformError(thrown).code === 'CLOUDFLARE_REJECTED';
        if (!isRefused || !(await this.#isApplied(migration))) throw thrown;
      }
    }
    return pending.map((migration) => migration.name);
  }

  /** The names of what {@link migrate} would apply. Changes nothing. Errors as there. */
  async pending(migrations: readonly Migration[]): Promise<string[]> {
    const [ledger] = await this.#batch([{ sql: LEDGER_EXISTS_SQL }]);
    const applied = (ledger?.results ?? []).length === 0 ? [] : await this.#readLedger();
    return (await pendingMigrations(migrations, applied)).map(({ name }) => name);
  }

  async #apply({ name, sql, checksum }: PendingMigration): Promise<void> {
    await this.#batch([
      { sql: RECORD_MIGRATION_SQL, params: [name, checksum] },
      ...splitStatements(sql).map((statement) => ({ sql: statement })),
    ]);
  }

  async #isApplied({ name, checksum }: PendingMigration): Promise<boolean> {
    return (await this.#readLedger()).some((row) => row.name === name && row.checksum === checksum);
  }

  async #readLedger(): Promise<LedgerRow[]> {
    const [result] = await this.#batch([{ sql: READ_LEDGER_SQL }]);
    return (result?.results ?? []) as LedgerRow[]; // the columns that READ_LEDGER_SQL selects
  }

  async #batch(batch: { sql: string; params?: string[] }[]) {
    const { accountId, databaseId } = this.#options;
    const page = await translateErrors(
      this.#client.d1.database.query(databaseId, { account_id: accountId, batch }),
    );
    return page.result;
  }
}
