import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { schemaVersion } from '#shared-schema/migrations/migration.ts';

const FOLDER = join(import.meta.dirname, '../../migrations/account');

/** The files of an account's schema, in order. */
export const ACCOUNT_MIGRATION_NAMES: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort();

export const ACCOUNT_SCHEMA_VERSION = schemaVersion(ACCOUNT_MIGRATION_NAMES.map((name) => ({ name })));
