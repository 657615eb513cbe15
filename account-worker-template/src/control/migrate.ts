import {
  MAX_MIGRATE_BYTES,
  type MigrateResult,
  migrateSchema,
} from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import type { Migration } from '#shared-schema/migrations/migration.ts';
import { respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { bringUpSchema } from '../schema/bring-up-schema.ts';
import { checkReadiness } from '../schema/ensure-ready.ts';
import { ACCOUNT_MIGRATIONS } from '../schema/migrations.ts';

/**
 * `POST /_platform/migrate`: applies what this release has and the database lacks, or what the later release in the order
 * has. Errors: as bringUpSchema; `MIGRATION_EDITED` where the order does not go on from this release's own migrations.
 */
export async function migrate(call: Call): Promise<Response> {
  const { schema_version, applied, bookmark_before } = await bringUp(call);
  const result: MigrateResult = { schema_version, applied: [...applied], bookmark_before };
  return respond({ status: 200, body: result });
}

async function bringUp(call: Call) {
  const { migrations } = await readJsonBody(call.request, migrateSchema, MAX_MIGRATE_BYTES);
  if (migrations === undefined) return checkReadiness(call);
  requireContinuation(migrations);
  return bringUpSchema(call.env, migrations, call.now);
}

/** One list starts with the other: a release that is older than this one's schema asks for nothing new. */
function requireContinuation(migrations: readonly Migration[]): void {
  const changed = ACCOUNT_MIGRATIONS.find(({ name, sql }, position) => {
    const given = migrations[position];
    return given !== undefined && (given.name !== name || given.sql !== sql);
  });
  if (changed) throw new PlatformError('MIGRATION_EDITED', { context: { migration: changed.name } });
}
