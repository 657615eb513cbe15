import { type ErrorContext, PlatformError, validationFailed } from '../errors/platform-error.ts';
import { sha256Hex } from '../hashing/sha256.ts';
import { schemaVersion } from '../migrations/migration.ts';
import { splitStatements } from '../sql/split-statements.ts';
import type { ReleaseBundle } from './release.ts';
import { MAX_WORKER_COMPRESSED_BYTES, workerSize } from './worker-size.ts';

type Migrations = ReleaseBundle['migrations'];

/** The longest statement that D1 takes: 100 KB (developers.cloudflare.com/d1/platform/limits, November 2026). */
export const MAX_STATEMENT_BYTES = 100_000;

/** What D1 refuses within a batch, which is a transaction of its own, or refuses always. */
const REFUSED_STATEMENT = /^(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|ATTACH|DETACH|VACUUM)\b/i;

/**
 * Ensures what can be told of a release without running it: that it is whole, that D1 and Cloudflare take it, and that
 * its migrations go on from those of the current release.
 *
 * Errors: `VALIDATION_FAILED`, `MIGRATION_CHECKSUM_MISMATCH`, `MIGRATION_STATEMENT_TOO_LONG`,
 * `MIGRATION_STATEMENT_REFUSED`, `RELEASE_EDITS_MIGRATION`, `RELEASE_INSERTS_MIGRATION`, `RELEASE_REMOVES_MIGRATION`, each
 * with the `migration`'s name; `RELEASE_TOO_LARGE`.
 */
export async function requirePublishable(
  bundle: ReleaseBundle,
  current: Pick<ReleaseBundle, 'migrations'> | null,
): Promise<void> {
  requireWhole(bundle);
  for (const migration of bundle.migrations) await requireRunnable(migration);
  if (current) requireContinuation(bundle.migrations, current.migrations);
  const { worker_compressed_bytes } = await workerSize(bundle);
  if (worker_compressed_bytes > MAX_WORKER_COMPRESSED_BYTES) {
    const context = { worker_compressed_bytes, limit_bytes: MAX_WORKER_COMPRESSED_BYTES };
    throw new PlatformError('RELEASE_TOO_LARGE', { context });
  }
}

function requireWhole({ modules, main_module, migrations, schema_version }: ReleaseBundle): void {
  if (!modules.some(({ name, type }) => name === main_module && type === 'esm')) {
    throw validationFailed({
      field: 'main_module',
      message: 'This is the name of an esm module of the bundle.',
    });
  }
  const unordered = migrations.findIndex(({ name }, i) => name <= (migrations[i - 1]?.name ?? ''));
  if (unordered !== -1) {
    const message = 'Migrations stand in the order of their names, each once.';
    throw validationFailed({ field: `migrations.${unordered}.name`, message });
  }
  if (schema_version !== schemaVersion(migrations)) {
    throw validationFailed({ field: 'schema_version', message: 'This is the number of the last migration.' });
  }
}

async function requireRunnable({ name, sql, checksum }: Migrations[number]): Promise<void> {
  if ((await sha256Hex(sql)) !== checksum) refuse('MIGRATION_CHECKSUM_MISMATCH', name);
  for (const [index, statement] of splitStatements(sql).entries()) {
    const bytes = new TextEncoder().encode(statement).byteLength;
    if (bytes > MAX_STATEMENT_BYTES) {
      const limit = { bytes, limit_bytes: MAX_STATEMENT_BYTES };
      refuse('MIGRATION_STATEMENT_TOO_LONG', name, { statement: index + 1, ...limit });
    }
    const [refused] = REFUSED_STATEMENT.exec(statement) ?? [];
    if (refused) refuse('MIGRATION_STATEMENT_REFUSED', name, { statement: index + 1, starts_with: refused });
  }
}

/** A release only adds at the end of the migrations that were there. */
function requireContinuation(given: Migrations, current: Migrations): void {
  for (const [position, { name, checksum }] of current.entries()) {
    const found = given.find((migration) => migration.name === name);
    const inPlace = given[position];
    if (!found) refuse('RELEASE_REMOVES_MIGRATION', name);
    if (found?.checksum !== checksum) refuse('RELEASE_EDITS_MIGRATION', name);
    if (inPlace && inPlace !== found) refuse('RELEASE_INSERTS_MIGRATION', inPlace.name);
  }
}

function refuse(
  code: Extract<PlatformError['code'], `MIGRATION_${string}` | `RELEASE_${string}`>,
  migration: string,
  context: ErrorContext = {},
): never {
  throw new PlatformError(code, { context: { migration, ...context } });
}
